"""More ways of saying the same: frames made of word classes, so that one row stands for hundreds of phrases.

`behaviour.py` has the common phrases of each act; here are the rest of the ways in which people of many places say
them, put together from classes (`_CALL`: call, ring, phone ...).  As there: as a recognizer prints it, and behaviour only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_JUST = r"(just |also |please |always |simply |kindly |really |only |probably )*"
_CALL = r"(call|ring|phone|telephone|contact|try|reach( out to)?|get (back )?(in touch|onto|on to)|drop (us|them)|get back to)"
_YOU_MUST = r"(you('d|'ll| will| would| are going to|'re going to|'re gonna)? ?(better |best )?(have to|need to|want to|got to|gotta|should|can|could))"
_LATER = r"(again|back|later|tomorrow|next|on \w+day|in (a|the|two|three|an)|at (\w+ )?(one|two|three|four|five|six|seven|eight|nine|ten|noon)|after|when|once|if|until)"
_TEAM = r"(i|we|they|someone|somebody|one of (us|the \w+|our \w+|my \w+)|(a|our|the|my) \w+|(a|our|the|my) \w+ \w+)"
_WILL = r"('ll| will| shall| is going to|'s going to| are going to|'re going to| am going to|'m going to| can| should)"
_RULE = r"(polic(y|ies)|rules?|procedures?|process|practice|guidelines?|terms|regulations?|standard|protocol|tariff)"
_SORE = r"(frustrat|upset|annoy|disappoint|difficult|hard|stress|concern|inconvenien|distress|worr|tough)\w*"
_MEND = (
    r"(issu|reissu|send|sent|resend|order|reorder|rebook|book|replac|refund|reset|restart|arrang|process|reschedul|cancel|credit|"
    r"fix|rais|open|log|updat|chang|transfer|dispatch|restor|remov|revers|reopen|resubmit|fil|fill|submit|start|collect|swap|"
    r"correct|amend|putt?|popp?|schedul|escalat)(e|es|ed|d|t|ing)?"
)
_MEND_IT = r"(that|it|this|the|a|an|another|your|you|in|out|new|them|those)\b"
_PAST = r"(told|said|explained|been (over|through)|gone (over|through)|answered|mentioned)"
_DECENT = r"(decent|fair|right|proper|professional|reasonable|acceptable|good|legal|normal|honest|polite|civil(ised)?)"
_SERVICE = (
    r"(account|agreement|subscription|membership|service|contract|policy|plan|connection|package|cover|broadband|internet|"
    r"line|insurance|deal|tariff|licence|license|card)"
)
_COUNTED = r"(second|third|fourth|fifth|sixth|seventh|tenth|umpteenth|hundredth)"
_TIMES = r"(twice|two|three|four|five|six|seven|eight|nine|ten|several|so many|a dozen|umpteen|countless)"
_COMFORT = r"(assur|reassur|promis|guarantee|apologi[sz]|sorry|worry|understand)\w*"

AGENT_WAYS: Mapping[str, str] = {
    "callback-request": rf"\b({_YOU_MUST} {_JUST}{_CALL}\b(?! (you|what|it|this)\b)(.*\b{_LATER}\b| (us|them|the \w+|directly|yourself)\b)|"
    rf"(^|\b(so|then|please|kindly|just|or|and) ){_CALL} ((us|them|me) )?(a (call|line|ring) )?{_LATER}\b|"
    rf"(best bet|best thing|easiest thing|only thing|quickest way)( is| would be|'s|'d be) (to|if you) {_CALL}|"
    r"(drop|give) (us|them) a (call|line|ring|bell|shout))",
    "callback-offer": rf"\b({_TEAM}{_WILL} (be |get )?{_JUST}(in touch|on to you|onto you|back (on )?to you|revert( back)? to you|"
    rf"(call|ring|phone|contact|telephone)(ing)? you|reach(ing)? out( to you)?)|(let you know|you('ll| will) (hear|get a (call|ring))|expect (a|our|the|to hear)|"
    rf"give you a (call|ring|bell|shout|tinkle|buzz)))",
    "refusal": r"(^(sorry |no |oh |um |aiyo |alamak )*(can't|cannot|can not)\b(?! (see|find|hear|tell|believe))|\bwe( are|'re)? (close|closed|shut)( on)? (\w+day|then|that day))|\b((that('s| is)|it('s| is)|this is|they're|you're|(this|the|that|your|these) (\w+ ){1,2}(is|are)) (\w+ )?(not|non) ?(something we|an option|allowed|permitted|refundable|"
    r"changeable|transferable|eligible|entitled|available|on offer|part of)|(isn't|aren't|not) (available|allowed|permitted|possible|entitled|eligible|"
    r"refundable|changeable|something we)|(there('s| is)|we('ve| have)( got)?) no (option|way|means|facility|provision|exception|flexibility)\w*|"
    r"(doesn't|does not|(?<!and )don't|do not|won't) (allow|permit|take|accept|provide|do (that|those|it|any|early|late))|not (going to|gonna) be (able|possible)|"
    r"(i|we) (can't|cannot|won't|don't) be (able|doing)|no exceptions|too late (for|to)|deadline (has|is|was) (passed|gone|over))",
    "condescension": rf"\b((state|stated|states|written|says|said|explained) (\w+ )?(very |so |quite )*clear(ly)?\b|you (never|didn't|don't|not|haven't) (even )?(read|listen|listened|look|looked|check|checked)\b|((i('ve| have)|we('ve| have)|you('ve| have) been) )(just |now |already )*{_PAST} .*\b({_TIMES}|already|before|again|times)\b|"
    rf"(like|as) (i|we) (keep|kept|already) \w+|(i|we) keep (telling|saying|explaining)|"
    rf"(it('s| is)|that('s| is|'s not| is not)|this is) ((?!an?\b)\w+ )?(not )?(that |so |all that |exactly |really |hardly )?(complicated|difficult|simple|rocket|brain surgery|hard to (understand|follow|grasp|get))|"
    r"how (is|hard|difficult) (is )?(that|this|it) (so )?(to|hard|difficult)|(did|do|can|could|have) you (actually|even|really|ever) (read|look|listen|check|try|tried|think|thought|know|understand|see|open|bother)\w*|"
    r"you('re| are)( clearly| just| obviously| simply)? (not (listening|following (me|what)|getting (me|it|this)|understanding|paying (any )?attention)|confused|being (difficult|silly|unreasonable|emotional|ridiculous|dramatic))|"
    r"you (clearly|obviously|evidently|apparently) (don't|didn't|do|did|haven't|can't|aren't|never|not|missed|forgot|failed|need|misread|misunderstood)\b|you should (already )?(know|have (known|thought|checked|realised|realized))|"
    r"(in|use|put) .*(simple|simpler|small|plain|baby) (words|terms|english)|\b(any|a) (child|kid|\w+ year old|toddler|idiot) (can|could|would|knows?|understands?|gets?)\b|"
    r"(calm|settle) (\w+ )?down|(just )?(try to )?(think about it|listen carefully)(?! to (the|our|all))|pay attention|with (all due )?respect you|"
    r"(someone|somebody) ((younger|older) to (help|explain|read)|else to (explain|read) it)|how many times (do|must|have|can) (i|we)\b|any clearer|common knowledge|(grow|toughen) up)",
    "platitude": rf"\b(((i|we) )(\w+ )?(understand|appreciate|realise|realize|know|recognise|recognize|get|see|hear)( that| how| what)? (this|that|it|you|things)( (is|was|can|must|has|may|might|'s|be|been|feel|are|'re|re))+ (\w+ )?(be |been )?(saying|coming from|going through|feeling|{_SORE})|"
    rf"(your|you) (call|business|custom|satisfaction|patience|feedback|loyalty|concern)s? (is|are|matters?|means)|"
    rf"thank you for your (patience|understanding|patience and understanding|cooperation)|"
    rf"sorry for (any|the|all the|all this|this|your) (trouble|bother|hassle|distress|upset|inconvenience)|"
    rf"(i|we) (do |really |truly |completely |fully |totally )*(sympathi[sz]e|empathi[sz]e|feel (for you|your pain)|understand your (concern|point|feeling|position|worry|anger|upset))|"
    rf"what you('re| are) (saying|feeling|going through)|(we|i) take (this|that|it|these|such|all)( \w+)* (very |extremely |really )?seriously|"
    rf"sorry (that )?you (feel|felt|had to|have had)|must (be|have been|feel) (so |very |really |quite )*{_SORE})",
    "policy-defence": rf"\b((our|company|standard|normal|usual|bank|store|head office) (\w+ )?{_RULE}|{_RULE} (is|are|says?|states?|means?|requires?|don't|doesn't)|"
    r"(how|the way) (it|that|this|things|the \w+) ((is|are|'s|was|were) )?(set up|done|configured|designed|programmed|built|works?|goes|calculated|laid down)|"
    r"(we're|we are|i'm|i am) (required|obliged|bound|supposed|told|meant) to|(it|the system|the computer|it's all|everything)('s| is| just| only)? (automatic(ally)?|automated|done automatically)|"
    r"(system|computer) (just |only |always )?(does|picks|takes|generates|decides|sends|charges|assigns|goes)|(head office|management|corporate|compliance)\b.*(decide|decision|rule|set|require)|"
    r"standard (for|across|on)|(for|by|due to) (compliance|law|security reasons|regulat\w+)|(applies|same) (to|for) (all|every|everyone|everybody))",
    "reassurance": r"\b(you('re| are) in (good|safe|the best)|we('ll| will) get (there|to the bottom|you|it|this|that)|(everything|all|anything) (possible|we can)|"
    r"(i|we) (can |do |really |truly )*(guarantee|assure|promise|swear|give you my word|want to (make|put|get) (this|it|that|things) right)|(do(n't)? you|please don't|no need to|nothing to|not to) worry|"
    r"(doing|do) (our|my) (utmost|best|very best)|leave (it|that|this) (with|to) (me|us)|(we|i|they)('re| are|'m| am) (on (it|the case|top of)|dealing with|looking (into|at)|handling|working on)|"
    r"(it|that|this|your \w+)('s| is|'ll be| will be| is being|'s being)( being)? (dealt with|looked (into|at)|taken care of|handled|a (top )?priority|our (top )?priority|important to us|found|fine|sorted)|"
    r"(take|takes|taking) (this|that|it|these|such|all) (\w+ )?(very |extremely |really )?seriously|(it|they|things|he|she)('ll| will| should) (all )?(turn|work|show|come|sort) (up|out|right|good|soon|itself)|"
    r"(we|they|staff|the team|everybody|everyone)( really| all| do)* (care|cares)\b)",
    "fix": rf"\b((what (i|we)('ll| will| can) do is|(i('ll| will|'m going to|'m gonna| would| can|'d| could)|we('ll| will| can|'re going to)|let me|let's|(i'd )?suggest (we|that we|you)))"
    rf" {_JUST}(get |have |go ahead and )?({_MEND} {_MEND_IT}|(that|it|this) {_MEND}\b)|"
    rf"(?<!shall )(?<!should )(?<!can )(?<!could )(?<!may )(?<!do )\b(i|we) {_JUST}(arrange|raise|send|book|log|issue|reset|escalate|replace|refund|dispatch|register|lodge) (a|an|another|the|it|this|that|you|one|your|for)\b|"
    rf"(i|we)('ve| have|'m| am|'re| are) {_JUST}(now |already )?(?!called|sorry){_MEND} {_MEND_IT}|(have|get) (it|that|this|them) {_MEND}\b)",
    "order-taken": r"\b(((i|we)('m| am|'re| are) (just |now )?(sending|ordering|emailing|mailing|posting|printing|requesting|generating))|(i|we)('ll| will| can) (just )?(request|generate|mail|email|order|print|post|send) \w+|"
    r"(it|that|they)('ll| will|'s|'re| is| are) (be )?(on (its|the|their) way|in your (inbox|email|mail|post)|with you|ordered|coming over)|"
    r"^(okay |yes |yeah |yep |sure |right |alright |sir |madam |ma'am |no worries |no problem |of course |certainly |sure thing |aye |no bother )+(i|we)('ll| will| can) (do|get|sort|arrange|raise|put|set) (that|it|those|this))",
    "closing": r"\b((you )?(enjoy (a|your|the rest of)|(?<!do you )have a (?!look)(\w+ )?(day|evening|night|morning|afternoon|weekend|one|rest)) ?\w*|^(okay |alright |all right |great |well |right |lovely |perfect |so |then |brilliant )+thank(s| you)( so much| very much)? for (calling|ringing|phoning|contacting|your call)( \w+){0,3}$|"
    r"^thank(s| you) for (calling|ringing|phoning)( us| in)? today$|"
    r"let you (go|get on)|(that('s| is)|you('re| are)) (you )?(all|everything) (done|sorted|set|booked|set up|sorted out)( now)?( for you)?( then| now| there)?$|mind yourself|all the best|cheerio|ta ra|so long|toodle)\b",
    "covers-everything": r"\b((is|was) there (something|anything) (else|more|further|other)|(are|is) (you|that|we|everything) (happy|okay|all|good|sorted) (with|now|for)|"
    r"(does|did) (that|this) (cover|answer|sort|deal)|any other|what more can|anything (at all|we('ve| have) (missed|not)))\b",
    "bare-hold": r"^(okay |alright |right |yeah |just |um |uh |yep |sure |let me (just )?(see|check|look|find out) |so )*((please |just )?(hold|hang|stay|wait|bear)( on| there| with me)?( the line| tight)?( please)?( (a|one|two|just a|for a|half a))? ?"
    r"(tick|ticks|mo|jiffy|bit|secs?|seconds?|moments?|minutes?)?|(just )?(a|one|two|half a|give me (a|one|two)) (moment|second|sec|minute|tick|ticks|mo|minutes|seconds))( please| sir| madam| ma'am| there| now)*$",
    "hold-announce": r"\b((right|okay|ok|alright|happy|able|fine|good) (to|if you) (hold|wait|hang on|stay on)|(can|could|would|will) you (just |please |kindly )*(hold|wait|hang on|stay on)\b|mind (waiting|hanging on|staying on)|(may|can|could|shall) (i|we|you) (\w+ )?(keep you (waiting|on)|hold|put you on|place you on)|(need|have|like|going|want) to (just )?(put|place|pop|keep) you on (a )?(\w+ )?hold|"
    r"(put|place|pop) you on (a )?(brief|short|quick|little)? ?hold (while|for|so))",
    "asks-reason": r"\b((mind|okay|alright) (if i ask|me asking|telling me) (why|what)|what('s| is|'s the)? (behind|prompting|driving|changed)|is (there )?anything (we|i) (did|could)|sorry to (lose|see) .*\b(why|what|anything)\b)",
}  # fmt: skip

CUSTOMER_WAYS: Mapping[str, str] = {
    "states-norm": rf"\b((supposed|meant|ought) to (be|look|know|tell|help|do|protect|check|have|care|keep|warn|say|let|ask|notify|inform|explain|treat|listen|answer|call|write)|(it('s| is|'d be| would be)|that('s| is|'d be| would be)) (only |just |simply |basic |plain )+(right|fair|decent|manners|courtesy|good manners|polite|basic)\b|"
    rf"(you'd|you would|one would) (think|expect|hope)|(nobody|no one|people|customers?|patients?|passengers?|folks?|you|they) (should|deserve|shouldn't|ought|can't (just )?(treat|do|go|keep|leave)|has (a|the) right)\w*|"
    rf"(surely|isn't it) (you|they|somebody|someone|it|the|if|a)|would('ve| have) been (nice|polite|decent|good|better|courteous)|the {_DECENT} thing|"
    rf"(shouldn't|should not|should never) (be|have|happen)|(can't|cannot|can't possibly|that's hardly|hardly|not) (be )?(very )?{_DECENT}\b|it('s| is)(n't| not) on\b|"
    rf"where('s| is) the (fairness|justice|sense|courtesy)|no way to (treat|run|do)|how is (it|that|this) (my|our) (job|fault|problem|responsibility))",
    "leaving": rf"^(?!.*\b(appointment|booking|order|visit|meeting|reservation|table|flight|slot|delivery|payment|lesson|class|trip)s?\b).*\b(i('d| would)? |we('d| would)? )(just |really )*(like|want|wish|need|decided|prefer) to (just |please )?(stop|cancel|end|discontinue|close|terminate|finish) (it|this|that|them|everything)\b|\b((deactivate|discontinue|terminate|end|stop|cancel|close|drop|finish|quit|leave|scrap) (down |off |out )?(my|the|our|this|all my) (\w+ )?{_SERVICE}|(take|get) me off|want out\b|get out of (this|the|my)|"
    rf"(com(e|ing)|get(ting)?) off (it|the \w+|this|my \w+) (altogether|completely|entirely|for good|now)|(switch|go|going|move|moving|change|changing|switching|off) to (a |an |your |another |the )?(\w+ )?(competitor|rival|other (company|provider|bank|crowd)|another|different|competition|somebody else|someone else)|"
    r"(cancel|stop|end|drop|quit|give up) (the|my|our|their|his|her|both|all) (\w+ )?(lessons|classes|sessions|course|season ticket|magazine|boxes|payments|visits|deliveries)\b|"
    rf"(decided|going|want|ready|like|planning|thinking (of|about)) (to |of )?leav(e|ing) (you|ye|y'all)|(won't|not|don't want to) (be )?renew\w*|"
    rf"(don't|do not|no longer) (need|want|use) (the|this|your|my) (\w+ )?{_SERVICE})\b",
    "requests-item": r"\b((print|run|send|email|mail|post|download|pull)( me| us)?( off| out| up| over)* (every|each|all (the|my|our|of)) \w+|(send|email|mail|post|forward|share|fax)( me| us)?( out| over| across)? (\w+ )?(last|this) (year|month|quarter|week)('s)? \w+|(get|have|see) (my|our|all my|all our|the full) (\w+ )?(transcripts|statements|recordings|records|readings|bills|invoices|receipts))\b",
    "rejects": rf"\b(how (are|can|will|would|could|do) you (ever |possibly |even )?(going to |gonna )?(make|fix|bring|give|undo|put|replace)|(no|not any) (good|use|help) to (me|us|anybody|anyone)|(it|that|this|sorry|which|apologies|words?)('s| is)? (means?|fixes|helps?|changes|worth(less)?|does) (nothing|nothing to me|squat|zilch|less)|means nothing|"
    rf"reading (\w+ ){{0,2}}(script|screen|card)|(don't|stop|spare me|enough)( you)?( dare| even| with)* ?(the |your |with |all )*(tell(ing)? me|{_COMFORT}|apologies|promises|excuses|platitudes|script)|"
    rf"(that's|it's|this is) (not|no|hardly) (an? )?(answer|solution|help|consolation|comfort|explanation)|you (all |people )?(say|said|keep|tell me|told me) (that|this|the same|saying)|"
    rf"(how|what) (does|is|will|good)( that| this| it)?( supposed to)? (help|fix|do|solve|good)|(sorry|it|that|this|an apology) (doesn't|does not|won't|isn't) (\w+ )?(fix|help|cut|change|bring|solve|mean|do)|"
    rf"easy for you|(don't|do not|can't) (believe|trust|buy) (you|that|it|a word|any)|^no (you|it|they|that|we) (won't|don't|can't|isn't|didn't|doesn't|will not)|words? words?|same old|more of the same|(making|makes) (it|this|me) worse|worthless|nonsense)\b",
    "claims": r"\b((nobody|no one|you never|they never) (told|said|mentioned|explained|warned|called|came|showed|rang)|i (paid|sent|returned|posted|cancelled|told you|was (told|promised))|you('ve| have)? (made|got|sent|put|taken|charged|billed|lost) (a |an |the |it |my |me |this )*(mistake|error|wrong|twice|double)|"
    r"(it|that|this|they|nothing|nobody|he|she) (was never (delivered|there|here|done|sent|sorted|fixed|told|mine|received|mentioned|explained)|never (came|arrived|happened|turned|showed)|wasn't (left|delivered|there|me)|didn't (come|happen|arrive))|on your (end|side|part)|(not|never) what happened|i (did not|didn't|never|haven't) (make|made|sign|signed|authori[sz]e|order|use|used|get|got|receive|received|say|said)|"
    r"(the|your) (\w+ ){1,2}('s|is|was|are|were) (all )?(wrong|incorrect|mistaken|rubbish|lying))\b",
    "many-times": rf"\b((the|my|a|for the|that's the) {_COUNTED} (\w+ )?(time|one|letter|engineer|call|since)\b|{_TIMES} times|that's (twice|{_TIMES})|(twice|{_TIMES} times) (in|this|now|already|since)|"
    rf"(had|seen|sent|got|through) {_TIMES} (\w+ )?(engineers|technicians|men|letters|replacements|people|calls|modems|routers)|over and over|time and (time )?again|(same|back) (as|to (the way|where|square|how))|never lasts|"
    rf"(yet )?another one|not (for )?the first time|goes (straight |right )?back|all over again|happens? (again|every)|here we go)\b",
    "wants-to-vent": r"\b((don't|do not|not) (really )?(need|want|expect|asking|expecting) (you |anyone |anybody )?(to )?(do|fix|say|solve|change) (anything|nothing|it)|(need|have|want|gotta|got|gonna|just) (to )?(get|let) (it|this|that|something|it all|all this) (all )?out\b(?! of| to| on)|let me (just )?(talk|rant|vent|have my say)|(just |only )?(need(ed)?|want(ed)?|have|had|got|gotta) (to )?(let (it|this|that|all this|all that) (all )?out|rant|say (it|this|my piece)|tell (somebody|someone|you how)|get (it|this|that|something) off|(somebody|someone) to (hear|listen))|"
    r"let me (just )?(rant|get (it|this|that) out|moan)|(don't|do not) (have|need) to (do|fix|say) anything|just (listen|hear me)\b(?! to)|(nothing you can do|can't fix|not your fault|not looking for).*(just|need|want|say|tell|vent|off my chest))\b",
}  # fmt: skip

AGENT_MORE = {act: re.compile(pattern) for act, pattern in AGENT_WAYS.items()}
CUSTOMER_MORE = {act: re.compile(pattern) for act, pattern in CUSTOMER_WAYS.items()}
