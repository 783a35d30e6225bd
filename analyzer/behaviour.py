"""What a turn does, read off its words: a table of patterns, one row an act.

The patterns are written for what a recognizer prints: lower case, no punctuation, numbers in words.
They are meant to be precise; the text model's own opinion (`Turn.acts`) is added where it is sure.
Behaviour only: nothing here says how anybody feels.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from analyzer.idioms import AGENT_IDIOMS, CUSTOMER_IDIOMS
from analyzer.ways import AGENT_MORE, CUSTOMER_MORE

OTHERS_CALL = re.compile(  # "he will call on your number" asks nobody to call
    r"\b(i|we|he|she|they|it|someone|somebody|(the|our|my|a|your|one of) (\w+ )?\w+)('ll| will| shall| is going to|'s going to| are going to|"
    r"'re going to|'m going to| can| could| would|'d)( (?!need|have|want|like|you)\w+)? (call|ring|phone|contact|reach|try)\b|"
    r"\byou (don't|do not|needn't|won't|shouldn't)( need| have)?( to)? (call|ring|phone|contact)\b|\bgive you a (call|ring|bell|buzz)\b"
)  # fmt: skip
LOOKS_UP = re.compile(  # who fetches what they need to read, or asks for it, does nothing for the customer yet
    r"\b(do|did|have|can|could|would|will) you (\w+ )?(have|got|know|see|tell|give|read|find|confirm)\b|"
    r"\b(get|getting|pull|pulling|bring|bringing|grab|have|take|find|open|opening|call) (up )?(the|your|that|this|a|you|his|her|my) "
    r"(\w+ ){0,3}?(up|number|details|name|reference|postcode|zip|file|record|records|address|date of birth|id|notes)\b(?! (and|then) )|"
    r"\b(get|pull|bring|have|put) (you|it|that|this|up)( up)?( here| on (the |my )?screen| on here)\b"
)
SURE = 0.5  # of the text model, calibrated: more likely than not

AGENT_PATTERNS: Mapping[str, str] = {
    "open-question": r"\b(what happened|what('s| is| was| were) (going|happening|the (matter|problem|issue|trouble))|"
    r"(what|that|which) makes (you|it)|what (are|were|have|had) (you|they)\b|tell me (more|about|what)|walk me through|talk me through|how (did|do|does|has|have|come|long|often)|"
    r"why (do|did|is|was|are|has)|what (do|did|would|can|could|should|kind|sort|else|exactly|changed|led|brings)\b|"
    r"could you explain|can you (describe|tell me (more|about|what|why|how))|describe|when did (it|this|that|you)|what seems|help me understand|in what way|(when|where|who) (did|was|were)\b)",
    "confirms-understanding": r"\b(did i (get|understand|hear)|have i (got|understood|missed)|is that (right|correct)|"
    r"am i right|do i have that|that (right|correct)$|correct me if|have i missed|did i miss|is that it$|(is|does) that (sound|about) (right|correct))",
    "recap": r"\b(so (what you|you|the|your)\b.*\b(you|your|was|were|did|didn't|never|twice|and then)|"
    r"let me (sum|recap|read|repeat|make sure|check (i|that i))|to (sum|recap)|if i understand|what i('m| am) hearing is|"
    r"just to (confirm|recap|be clear))",
    "platitude": r"\b(i (completely |totally |fully |do |can |really )*(understand|appreciate|hear|get) "
    r"(how|your (frustration|concern|situation|feelings|position)|where you|that (you're|you are) (upset|frustrated)|"
    r"you$|the frustration|that$|sir|ma'?am)|i (completely |totally |fully |do |can |really )*understand( completely| sir| ma'?am)?$|sorry for (any|the) inconvenience|"
    r"i can (only )?imagine (how|your|the|that)|that must be (so |very |really )?(frustrating|hard|difficult|upsetting|annoying)|we hear you|i hear you|"
    r"apologi[sz]e (for (any|the|this) (inconvenience|trouble|delay|confusion)|sir|ma'?am|about that)|"
    r"(let me|i'll|i will) see what (can be done|i can do|we can do)|(valued|important) (customer|to us)|"
    r"we (value|appreciate) your|i know how (you|frustrating)|how (frustrating|upsetting) (this|that|it) (is|must)|"
    r"hear the frustration|do (everything|all|whatever) (we|i) can|we're doing our best|i('m| am) (so |very )?sorry (to hear (that|this)|"
    r"about (that|this)|you feel that way))",
    "apology": r"\b(sorry|apologi[sz]e|apologies|forgive us)\b",
    "agreement": r"(^(\w+ ){0,3}that('s| is) (absolutely |quite |completely |totally )?(right|true|correct)\b)|"  # later on, it insists
    r"\b(you('re| are) (absolutely |quite |completely |totally )?(right|true|fair|correct)|that('s| is) (absolutely |quite |only |just )?fair|fair (point|enough)|"
    r"i agree|of course (you|it|they|that) (can't|couldn't|don't|didn't|wouldn't|are|did|would|do|must)\b|you have a point|we (should|ought to) have|that (shouldn't|should not|should never) have|"
    r"i('d| would) (be|feel) (the same|angry|upset|cross|furious|annoyed|livid|too)|anyone would|i don't blame you|you have every right|you deserve|"
    r"that('s| is) (unacceptable|not (good|right|fair|okay|acceptable|how it should))|(that|it)('s| is| was) (our|my) (fault|mistake))",
    "policy-defence": r"\b(policy(?! (number|holder|documents?|name)\b)|policies|(the|our|your) (\w+ )?rules?\b|terms and conditions|(in|under) (the|your|our) (terms|contract|agreement|plan)|the rules?\b|"
    r"procedure|the system (won't|doesn't|does not|only|says|is|works)|how (it|the system|we|things) works?|"
    r"that's (how|just how|the way)|standard (practice|process)|company (rule|guideline)|the computer (won't|says)|"
    r"(not|isn't|aren't|doesn't) (cover(ed)?|included?|eligible)|as per|(small|fine) print|guidelines (say|state)|non refundable|"
    r"regulations?|the terms (are|say|state)|compl(y|ies|iant) with|as stated)",
    "refusal": r"\b((i|we)('m| am|'re| are)? ?(can't|cannot|can not|won't|unable to|not able to|not allowed|couldn't)\b(?! (see|find|hear|tell|quite|locate|wait|believe|imagine|thank|say|think|argue|disagree|apologi[sz]e|promise|get over|stress|recommend|have that)\b) ?"
    r"(do|give|offer|change|move|refund|help|authori[sz]e|make|send|accept|waive|extend|remove|process|cancel|issue|replace|that|be)?|"
    r"there('s| is) nothing (i|we|(more|else) (i|we|(that |which )?can|to be done|to do|to offer))\b(?! you)|not possible|impossible|isn't (possible|something|allowed)|that's not (possible|something)|"
    r"no (i'm afraid|unfortunately)|i'm afraid (not|we (don't|can't|won't|aren't)|i (can't|couldn't|won't)|that|it)|unfortunately (not|we (don't|can't|won't|aren't)|i (can't|couldn't|won't)|that|it)|"
    r"(system|computer|policy|rules?|contract|manager) (won't|doesn't|does not|will not|don't) (let|allow|permit)|we don't (do|offer|allow|accept|give|make)|"
    r"sorry (there('s| is|'re| are) )?(no|none)\b|\bno (\w+ ){1,3}(left|available)|none (left|available)|sold out|booked (up|out|solid)|(fully|totally|completely|all|we're|we are) booked(?! (on|for|in|you|with|the|a))|out of stock|run out of|all gone(?! (through|in|out|well|off|over))|"
    r"no can do|out of (my|our) hands|against (our |company |the )?(policy|rules)|there('s| is) no way|can't be (done|changed|moved|refunded|cancelled|reversed|fixed)|"
    r"(we're|i'm|we are|i am) not (able|allowed|permitted)|won't be (able|possible))\b",
    "offers-option": r"\b((what|(?<!not )something|one thing) (i|we) can (do|offer)|i can (offer|send|give|book|move|get|put|arrange|do|restore|refund|replace|waive)|"
    r"we can (offer|send|give|book|rebook|move|get|arrange|do|try|replace|refund|waive|swap|fit|put|come)|alternatively|instead (i|we|you)|another option|you (could|can) (either|also|choose)|"
    r"either .* or|would you (like|prefer)|how about|what about|would .* (help|work|suit)|option|(we|i) could (also |do |offer |send |give |try |move |get |book |put )|"
    r"but (there('s| is| are|'re)|(we|i)('ve| have|'ve got| do have)\b)|(or|but|so) (i|we|you)( can|'re welcome to| could| might| may)\b|the (next )?best (thing )?i can|happy to (send|offer|move|do|try|book|refund|give|put))",
    "promise": r"\b((i|we)('ll| will| shall)|(i'm|i am|we're|we are)( just| now)? (going to|gonna|about to|(send|book|order|rais|refund|credit|post|email|issu|replac|arrang|put|log|escalat|pass|transferr|process|cancel)\w*ing)|you'll (get|see|receive|have))\b",
    "callback-request": r"\b(you('ll| will| would|'d)? (need|have|want) to (call|ring|phone|contact|try|get back)|"
    r"(call|ring|phone|contact) (us|me|them) (back|again|tomorrow|later|next|on|in)|call back (again|tomorrow|later|next|on|in)|give us a (call|ring)|try (again|back) (later|tomorrow|next)|"
    r"check back|(best|better|need|worth)( off)? (calling|ringing|phoning|trying)|please (call|ring|phone)|(can|could) you (call|ring|phone) (us |me )?(back|again|later|tomorrow)|(best|better) to (call|ring|phone)|best (if )?you (call|ring|phone)|"
    r"(if|when|once|until) you('ll)? (call|ring|phone|try)( us| back| again| tomorrow)|(?<!your )(?<!the )(?<!this )(ring|call|phone|try)( us| me| them| the \w+)? (back |again )?(again|tomorrow|later|next|on \w+day|in an|after)|"
    r"(give (us|me|them|it|the \w+) (another |a )?|have (another|a) )(call|ring|bell|buzz|shout|try) ?(back|again|tomorrow|later|next|on|in|after|when|once|if)?|"
    r"(?<!\bi )(?<!\bi'd )(?<!\bi'll )(?<!\bwe )(?<!\bwe'd )(?<!\bwe'll )(have|need|want) to (call|ring|phone) (back|again|us|them|the)|you can (call|ring|phone|try) (back|us|again|them|the))",
    "callback-offer": r"\b((i|we|someone|somebody|a \w+|one of us|they)('ll| will|'m going to| can| would|'d)? ?(\w+ )?"
    r"(call|ring|phone|contact) you|give you a (call|ring|bell|buzz|shout)|call you (back|myself)|"
    r"(will|'ll|going to|gonna|can) (\w+ )?((call|ring|phone|get (right )?back to|reach out to|follow up with) you|be in touch)|"
    r"(have|get|ask|tell) (her|him|them|someone|somebody|the \w+|a \w+|\w+) (to )?((call|ring|phone|contact) you|give you (a|an?other) \w+|get (back to|in touch|onto)|drop you))\b",
    "hold-announce": r"\b((may|can|could|is it (ok|okay|alright) if|do you mind if|would you mind|let me|i'm going to|i'll( just)?|i need to) ?"
    r"(i |we )?(just |quickly |briefly )*((to put|put|place|pop) (you|us|this|the)|hold(ing)?)\b.*\b(hold|line|while|minute|second|moment)|"
    r"(on hold (for|while))|stay on the line|hold (for|while) (about )?(a|one|two|three|the)|mind holding)",
    "bare-hold": r"^(okay |alright |right |yeah |just |um |uh |yep |sure )*((hold|hang) on( there)?( (a|one|two|just a|for a))?( (tick|ticks|mo|jiffy|bit|secs|sir|ma'am))?|"
    r"(a|one|two|half a|give me a|gimme a|wait a) (tick|ticks|mo|jiffy|sec|secs|second|minute|moment)|wait|hold on|hold please|one (moment|second|sec|minute)|hang on|just a (second|sec|minute|moment)|"
    r"bear with me|wait a (second|minute))( please| a (second|minute|moment|sec))?$",
    "hold-return": r"\b(thank(s| you) (for|so much for) (holding|waiting|your patience|bearing)|sorry (for|about) (the|that|keeping) (wait|hold|you))",
    "transfer-offer": r"\b(transfer you|put you through|pass you (to|over)|connect you|get (my|a|the) (manager|supervisor))",
    "supervisor-agree": r"\b((certainly|of course|absolutely|sure|yes|happy to|i'll|i can|let me) .*(supervisor|manager|team lead|director|transfer|put you through|escalate)|"
    r"(supervisor|manager|director|team lead)('s| is| will| can| would)?\b.*\b(now|call|speak|available|help|transfer|choice))",
    "condescension": r"\b(as i (already|just) (told|said|explained)|i('ve| have) already (told|explained|said)|like i (already )?said|as i said|"
    r"(well|it's|that's|is) obviously(?! (i|we)\b)|obviously (not(?! what)|(you|it|that|the \w+)( \w+)? (need|have to|must|can't|cannot|won't|don't|didn't|doesn't|haven't|hasn't|isn't|should|has to|only))\b|you (need|have) to (understand|listen|calm|realize|actually|learn)|you (actually )?need to read|calm down|relax|"
    r"if you('d| had) (read|listened|bothered|paid)|it's (very |really )?(simple|not (that )?(hard|difficult|complicated))|"
    r"(let me|i'll) (explain|say) (it|this|that) (again )?(slowly|in simple)|(do you even|don't you) (understand|know) what|"
    r"what part of|listen to me|once again|(^(\w+ ){0,2}|(you|saying|repeat) (\w+ ){0,3})for the (last|second|third|fourth|tenth|hundredth) time|as (it|the \w+) (clearly |plainly )?(says|states)|clearly (says|states|written)|"
    r"(did|have) you (not|even) (read|look|listen)|(didn't|haven't) you (read|look|listen|check)|i('m| am) not (going to|gonna) repeat|i just (said|told)|"
    r"pay attention|rocket science|a child could|(anyone|anybody) (can|could) (do|see|understand|work|follow|read)|how (can|could) you not|(haven't|don't have) (got )?all day|common sense|everybody knows|everyone knows|you should have (read|known|called|checked|looked|thought)|are you (even )?listening)",
    "reassurance": r"\b(don't worry|i'm (quite |very |absolutely |really )?(sure|certain|confident) (we|it|they|you|he|she|everything|that|this|our)|(it|things|everything)('ll| will) (all )?(work|turn|sort) (out|up|itself)|no need to worry|(it|everything|that|he|she|they|you)('ll| will) be (\w+ )?(fine|okay|alright|all right|ok|grand|sorted|resolved|safe)|(you|he|she|they)('ll| will) (soon )?(feel (a lot |much )?(better|happier|differently)|settle (in|down)|get used|love it)|i (can )?(assure|promise)( you)?|"
    r"rest assured|be assured|we('ll| will| can) (take care|look into|sort|fix|get (it|this|that)|do (everything|all|our))|"
    r"i('ll| will) (look into|take care|sort|do my best|do everything)|(trust|believe) me|you have my word|working on it|our team will)",
    "fix": r"\bthey('ll| will| can) (\w+ )?(put|sort|fix|mend|look at|change|replace|swap|top|check) (it|that|this|some|the|you)\b|\b(i('ll| will|'m going to| am going to)|we('ll| will|'re going to)|let('s| me))( just| go ahead and| now)* "
    r"(\w+ )?(issue|reissue|send|resend|reorder|rebook|replace|refund|reset|restart|book|arrange|order|process|reschedule|cancel|credit|fix|raise|open|"
    r"log|update|change|transfer|ship|dispatch|restore|remove|reverse|try|reopen|resubmit|redo|rerun|reinstall|reprint|reconnect|resolve|schedule|"
    r"set up|put in|pass it|escalate|correct|amend)\b|"
    r"\b(i|we|it|that)('ve| have|'s| is|'m| am|'re| are)( been)?( just| now| all)* (corrected|fixed|reset|resent|reissued|rebooked|replaced|refunded|restarted|"
    r"reopened|updated|changed|amended|rescheduled|resolved|(sending|ordering|booking|issuing|raising|logging|fixing|correcting|resetting|restarting|"
    r"updating|changing|replacing|refunding) (you |that|it|this|the|a|an|another|your))\b|"
    r"\bi can( just| certainly| easily| also)? (correct|fix|reset|restart|amend|update|change|reissue|resend|rebook|replace) (that|it|this|the|your|those)\b|"
    r"\b(i|we)('ll| will| can| could)( just)? (get|have|send|book|put) (\w+ ){0,2}(someone|somebody|engineer|technician|"
    r"plumber|electrician|tech|driver|crew|man|guy|team|out|over|round)\b",
    "order-taken": r"\b((sure|okay|ok|yes|yeah|no problem|of course|certainly|absolutely|alright|right)\b.*\b(send|email|mail|post|get|order|print|give|"
    r"forward|set|do|generate|prepare|export|make|create|run|pull|download|fetch) (you |that|it|this|the|a|one|out|over)|(i'll|i will|i can|we'll|let me) (just |go ahead and )?(send|email|mail|post|get|order|print|forward|pop|run|pull|put|generate|prepare|export|make|create|download|fetch) "
    r"(you |that|it|this|the|a|one|those|them|these|your)|(getting|sending|printing|emailing|posting|generating|preparing|exporting|ordering|pulling) (you |that|it|this|the|those|them) )",
    "cancels": r"\b(i('ll| will| can|'m going to|'ve| have)|let me|we('ll| can)) (\w+ )?(cancel|cancelled|close|closed|end|process (the|that|your) cancel)",
    "argues-stay": r"\b(you (can't|cannot|won't find|signed|agreed|still have)|are you sure|but (you|we|our|it)|your contract|early termination|cancellation fee)",
    "asks-purpose": r"\b((what|which)(?! (i|we|address|email|name|number|postcode|size|colou?r|date|day|time)\b)(?! (can|could|may) (i|we) (do|help)\b) .*(use|using|need|want|looking|hoping|trying|for)\b(?! (you|me)\b).*|what('s| is) (it|that|this) for|purpose|"
    r"may i ask what|how will you|what are you (hoping|trying|looking))",
    "asks-reason": r"\b((may|can|could) i ask (why|what)|why (do|did|are|would|have) you|what('s| is| has)? ?(made|makes|led|brought|the reason)|"
    r"(was|is) (there )?(something|anything) (wrong|the matter|not right|we did)|did (something|anything) (happen|go wrong)|"
    r"(the|your|a|any) (particular )?reason|why (you|you've|you're)|how come)",
    "asks-goal": r"\b(what would you like (me|us) to|what (can|could|should) (i|we) do (to|about|now|here)|how (would|could|do) (you like|you want)|"
    r"are you (asking|looking|hoping)|is there a question|what (outcome|are you after|do you (want|need))|what would (make|put|help))",
    "asks-root-cause": r"\b(what('s| has)? changed|when did (it|this|that) (start|first|last|begin)|root cause|what('s| is) (causing|behind)|"
    r"why (it|this|that) (keeps|happen)|(is|does|did|was|has) (it|this|that) .*(each|every) time|what happens (just )?before|since it last)",
    "covers-everything": r"\b((is there )?anything (else|more|further|besides)|is that (everything|all)|what else|(all|everything) (that )?(you|we) (needed|wanted)|(covered|got|dealt with|answered) (everything|all)|something else|any (other|more|further) (questions?|thing)|"
    r"all the things)",
    "hands-back": r"\b(what would you like (to|me to) (do|happen)|(help|make) me understand what you need|what do you need from me|at this point)",
    "closing": r"\b(have a (nice|good|great|lovely|wonderful)|(good)?bye|bye now|take care( now)?$|speak soon|see you (then|soon|on|tuesday|at))\b",
    "encourager": r"^((i see|no i see|go on|mm|mm hmm?|mhm|uh huh|hm+|right|okay|oh|ah|aw+|aye|gosh|wow|god|jeez|goodness|goodness me|dear me|my word|no way|oh no|oh dear|"
    r"bless (you|him|her|them)|poor (you|thing|him|her)|what a shame|and then|then what happened|what happened then|i'm (still )?listening|tell me|yeah|yes|yep|sure)( |$))+$",
    "interrupts-politely": r"\b(sorry to (interrupt|stop|jump|cut)|(may|can|could) i (just )?(ask|stop|interrupt|jump)|let me stop)",
    "boundary-name": r"\b(that (kind of |sort of )?(language|tone)|(speak|talk|speaking|talking) to me (like|that way|in that)|i('m| am) (here|trying) to help( you)? but|"
    r"(don't|please don't|not) (swear|shout|insult|call me)|abusive|be respectful|keep (it|this) (respectful|civil|polite))",
    "boundary-warn": r"\b(if (you|this|it|that) (keep|continue|carry|don't stop|goes on)s?.*(end|hang|terminate|disconnect|stop)|"
    r"(have|need) to end (the|this) call if|i('ll| will) (have to |need to )?(end|terminate|disconnect) (the|this) call (if|unless))",
    "boundary-disconnect": r"\b(i('m| am) (now )?(ending|disconnecting|terminating|going to end|hanging)|i('m| am) (going to )?(hang|end)|ending (the|this) call now)",
    "asks-name": r"\b((who|whom) am i (speaking|talking)|(may|can|could) i (have|get|take|ask) your (full |first |last )?name|your name please|what('s| is) your name|"
    r"what's the name|name please)",
}  # fmt: skip

CUSTOMER_PATTERNS: Mapping[str, str] = {
    "requests-item": r"\b(?!(need|want|like) to report)((send|email|mail|post|forward|print|fax) (me|us) (over |out )?(my|the|a|an|all|copies|some) "
    r"(?!(new|replacement|refund|other|different|spare|engineer|technician|driver|taxi|cab|plumber|electrician|van|person|human|link|code)\b)\w+|"
    r"(send|email|mail|post|give|print|export|extract|compile|fetch|retrieve|provide|supply|dump|make|pull|create|run|prepare|download|generate|share|forward|need|want|like|request|order|(?:'m|'re|am|are|be) after|looking for|require|get me|"
    r"(needing|wanting|requesting|requiring|asking for|waiting on|hoping for|(get|have) (my |our )?hands on)|"
    r"(can|could|may|might|to) (i |we |you )?(please |just |also )?(have|get|receive)) ((for )?(me|us) )?(out |over |together )?((a|an|another|the|some|my|copies|all) )?"
    r"((?!(on|in) )\w+ ){0,4}(report|form|forms|copy|copies|letter|statement|statements|list|invoice|invoices|receipt|printout|spreadsheet|"
    r"certificates?|brochure|catalog(ue)?|document|documents|transcript|export|file|breakdown|summary|history|contract|drawings|blueprints|footage|recordings?|plans of|x rays|scans|photos|schedule|records?|logs?|manual|quote|figures|data|paperwork|minutes (of|from)|timesheets?|ledger))\b",
    "states-purpose": r"\b((auditors?|accountants?|tax (man|office)|taxman|boss|landlord|bank|lawyers?|solicitors?|insurers?|insurance|schools?|embassy|finance|hr|court|"
    r"inspectors?|council|lender|employer|manager|wife|husband|university|college|agency) ((is|are|'s|was|were|has|have|keeps?|now) )*(asking|asks?|asked|wants?|wanted|needs?|needed|requires?|demands?|demanding|after)\b|"
    r"(so|so that) (i|we|my|they|he|she) can|because (i|we|my)|in order to|it's for|for (my|our|the) (tax|taxes|accountant|mortgage|landlord|boss|records|visa|insurance|lawyer)|"
    r"to (see|show|prove|check|compare|use|claim)|i('m| am) (applying|trying|doing|going to))",
    "states-norm": r"\b((you|they|companies|people|we)('re| are) (\w+ )?(supposed|meant|obliged|paid|expected) to|(you|they|people|companies|a company|somebody|someone|nobody|customers|patients|there|we)( (really|all|just|at least|always|never))? "
    r"(should|ought to|shouldn't|need to (be|know)|are supposed to|must|can't just|have (a|the) (duty|right))|why should (i|we|anybody)|the least (you|they|anybody) (could|can)|wouldn't hurt to|(only|just) (fair|right|decent)|too much to ask|how is (that|this) (fair|right)|"
    r"(?<!there's )(?<!there is )(not|isn't|ain't|hardly|no|never) (a |very |exactly )?(good|fair|right|acceptable|decent|reasonable|proper|okay|on|professional|how you|way)( practice| enough| service| business)?|"
    r"(that's|that is|it's|it is|this is) (just |so |really |plain |simply )?(unfair|wrong|bad|poor|unacceptable|unprofessional|dishonest|sneaky|misleading|outrageous|common (sense|courtesy|decency))|"
    r"how (hard|difficult) (is|can) it|that's no way|any decent)",
    "states-goal": r"\b(i (just )?(want|need|would like|'d like|'m (asking|looking) (for|you))|i want (you|my|a|the|to)|can (you|i|we)|could (you|i|we)|"
    r"please (send|fix|refund|cancel|help|give|check|change)|(?<!they )(?<!he )(?<!she )(?<!you )(?<!to )(?<!people )(give|get|send|refund) me|would you|how do i|what (can|do|should)|when (will|can|is)|where('s| is))\b",
    "claims": r"\b((it's|that's|they're|he's|she's|(it|that|this|he|she|they) (is|was|isn't|wasn't|are|were|did|didn't|should))( \w+){0,4} (covered|paid|agreed|said|signed|promised|fault|mistake|wrong|included|charged)|"
    r"you (said|told|promised|charged|lost|took|sent|broke|overcharged|double|cancelled|never)|your (fault|mistake|error|system|people|side|end|doing)|"
    r"your (\w+ ){1,3}(has |have |only |just |had )*(broken|broke|lost|damaged|smashed|ruined|messed|failed|forgot|cut|took|left|gave|put|told|said|promised|agreed|assured|charged|sent)|"
    r"that('s| is) (wrong|a lie|not true|untrue|rubbish|nonsense|incorrect|not what|simply not)|no (it|i|you|that|they) (is|was|isn't|wasn't|did|didn't|does|doesn't|have|haven't)\b|"
    r"i (never|didn't|did not) (sign|agree|order|ask|say|get|receive)|i('m| am) telling you|(it|that) is covered)",
    "rejects": r"\b(that's not (good|going|enough|what|helpful|acceptable)|not good enough|(that|it|this) (won't|doesn't|does not|will not|isn't going to) (help|work|do|be|fix)|"
    r"no (it|that(?!('s| is) (all|it|everything|fine|great|right|okay|lovely|perfect|brilliant|wonderful|the lot)\b)|you|they|i|stop|it's) ?(won't|isn't|don't|doesn't|wasn't|can't|saying|not)?|you (keep|always) (saying|telling|promising|said)|stop (saying|telling|reading)|"
    r"i('ve| have) (heard|tried|done) (that|this|it|all)|i don't (want|believe|care|need)|that's what (they|the last|you|everyone) (all )?(said|say|told)|"
    r"^(oh )?(no )?(you|we|they) (can't|won't|couldn't)\b|too late|(no|any) use|(there's|there is) nothing (you|anybody|anyone)|what('s| is) the (point|use)|"
    r"\bstop it\b|(it's|it is) (over|pointless|hopeless|useless|no good)|(you're|you are) not (listening|helping|hearing)|(that|it|this|none of (this|that|it)) (doesn't|does not|won't|isn't) (help|fix|change|bring|do)|nothing you (say|do)|you (don't|do not) understand|nothing (changes|happens|ever)|what good)",
    "asks-resolution": r"\b(how are (we|you) going to (resolve|fix|solve|sort|settle)|so what (now|happens now|are you going to do)|what are you going to do)",
    "wants-to-vent": r"\b(need to vent|just (want|need) (to )?(vent|get (it|this) off|someone to listen|to tell)|let me vent|let off (some )?steam|get (it|this) off my chest)",
    "accepts": r"\b(that (works|would work|'d be (great|good|fine|lovely)|would be (great|good|fine|lovely))|"
    r"(?<!be )(?<!not )(okay|yes|sure|perfect|great|lovely|brilliant)( that's (great|good|fine|lovely|right|perfect|okay|it)| thank| thanks| please| great| good| fine)|oh (great|good|lovely|perfect|yes)|sounds good)",
    "leaving": r"\b(cancel|close|close out|end|terminate|stop|shut (off|down)|drop|quit|disconnect|get rid of|get out of) (\w+ ){0,3}"
    r"(account|accounts|subscription|membership|service|contract|policy|plan|cable|internet|broadband|line|donations?|direct debit|package|coverage|insurance)\b|"
    r"\b((leaving|switching|moving|going over) to (a|an|another|your)|switch(ing)? (providers?|banks?|suppliers?|companies)|take my (business|custom)|"
    r"(mov|tak|switch|transferr?)(e|ing)? (my |our |the |all )*(\w+ )?(mortgage|insurance|business|custom|accounts?|policy|policies|broadband|internet|phones?|"
    r"contract|energy|electric(ity)?|gas|loan|pension|savings|banking|everything) (over |away |across )*(elsewhere|somewhere else|"
    r"to (?!((a|an|the|my|our) )?(\w+ )?(house|flat|place|home|address|room|name|day|date|month|number|online|paper|monthly)\b|\w+day\b|(next|tomorrow|me|you)\b)\w+)|"
    r"(not|n't) (be )?(renewing|renew|want(ing)? to renew)|want out of|(found|got|getting|been offered) (a )?(better|cheaper) (deal|price|offer|rate|quote)|"
    r"(cancel|stop|end) my (?!([\w']+ ){0,3}(appointments?|cleaning|booking|order|visit|meeting|reservation|table|flight|slot|card|payment|lesson|class|delivery|trip|room|ticket)s?\b)\w+|"
    r"don't want (it|them|this|that|you|(the|my|your) \w+) any ?more|(done|finished|through) with (you|ye|y'all)\b)",
    "desperate": r"\b(wit'?s'? end|end of my (rope|tether)|out of my mind|freaking out|going (mad|crazy|insane|spare)|stranded|desperate|nightmare|disaster|emergency|can't take (it|this|any)|can't cope|unbearable|falling apart|"
    r"ruin(ed|ing) (my|our)|losing (my|our|customers|money|everything|the (lot|whole)|all (my|our|the)|a (fortune|day)|trade|business|sales)|lost (my|our) (job|house|home|business)|beside myself|in tears|sick with worry|panicking|evicted|(so|completely|totally) (done|over it)|had it (up to here|with)|had (just about |more than |quite )?enough|i could (scream|cry|weep)|fed up|sick (and tired|to death|to the back teeth) of|last straw|(losing|lost) (my|the) (mind|will)|pulling my hair|at my limit|can't (go on|do this|deal)|doing my (head|nut) in|fit to be tied|in bits|in a state|climbing the walls|(i'm|i am|we're) (\w+ )?(shaking|begging|scared|terrified|frightened|petrified)|begging you|(please|just) hurry|hurry( up)? please)\b",
    "asks-patience": r"\b(hold on|hang on|one (sec|second|moment|minute)|(just )?(wait )?a (sec|second|moment|minute)|give me a (sec|second|moment|minute)|bear with me|"
    r"let me (just )?(get|find|look|grab|fetch|see|check))\b",
    "floor": r"\b(let me finish|don't interrupt|i('m| am) not (done|finished)|hear me out|another thing|i haven't finished)",
    "closing": r"\b(bye|goodbye|that's (all|it|everything)|nothing else|no that's)\b",
    "again": r"\b(again|third time|second time|fourth time|fifth time|(every|each) (single )?(time|day|week|month|night|morning|monday|tuesday|wednesday|thursday|friday)|keeps? (on )?(happening|going|doing|coming|breaking|dropping|stopping|failing)|same (thing|problem|issue|story|fault)|last time|once more|yet again|"
    r"it('s| has) happened (again|before)|(this|it) (always|keeps))",
    "backchannel": r"^(mm|mm hm|mhm|uh huh|yeah|yes|right|okay|ok|i see|sure|go on|oh|aha|hm|hmm)( (yeah|right|okay|i see|sure|mm))*$",
}  # fmt: skip

ANYTHING_ELSE = re.compile(r"\b(any|some)thing (else|more|further)\b.*")
NOTHING_TO_DO = re.compile(  # is good news
    r"\b(nothing|no \w+) (left |more |else |further )?(for you )?to (pay|do|sign|fill|bring|worry|send|return|post)\b"
)
FINDS_OUT = re.compile(  # asks the customer nothing
    r"\b(see|check|find out|look (into|at)|depends( on)?) (\w+ )?(what|how|when|where|who|why|which)\b( \w+){0,3}"
)
NOT_COUNTED = {  # of what an agent says, for these acts
    "open-question": FINDS_OUT,
    "refusal": NOTHING_TO_DO,
    "callback-request": OTHERS_CALL, "order-taken": LOOKS_UP, "fix": LOOKS_UP, "offers-option": ANYTHING_ELSE,
}  # fmt: skip
_TABLES: Mapping[str, tuple[Mapping[str, re.Pattern[str]], ...]] = {
    "agent": ({act: re.compile(pattern) for act, pattern in AGENT_PATTERNS.items()}, AGENT_MORE, AGENT_IDIOMS),
    "customer": (
        {act: re.compile(pattern) for act, pattern in CUSTOMER_PATTERNS.items()},
        CUSTOMER_MORE,
        CUSTOMER_IDIOMS,
    ),
}


def behaviours(speaker: str, text: str, acts: Mapping[str, float]) -> frozenset[str]:
    """The acts that hold for a turn: those whose pattern it matches, and those the model is sure of."""
    without = {act: but.sub(" ", text) for act, but in NOT_COUNTED.items()} if speaker == "agent" else {}
    found = {
        act
        for table in _TABLES.get(speaker, ())
        for act, pattern in table.items()
        if pattern.search(without.get(act, text))
    }
    if speaker in _TABLES:
        found |= {act for act, probability in acts.items() if probability >= SURE}
    return frozenset(found)
