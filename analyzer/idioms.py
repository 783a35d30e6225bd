"""Ways of saying that no frame reaches: one short pattern a line, for each act, as a recognizer prints it.

`behaviour.py` has the common phrases, `ways.py` frames of word classes; here is what people say beside them.  A line
stands for a family ("that's a no from me", "it's a no from us"), never for one sentence.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_AGENT_IDIOMS: Mapping[str, tuple[str, ...]] = {
    "callback-request": (
        r"get back in touch with us|then (ring|call|phone) us|call in again|(would|do) you mind (ringing|calling|phoning) (us )?back|better (off|of) (phoning|calling|ringing)",
        r"you('ll| will)? (have|need|want) to chase|give (head office|the \w+|them) a (ring|call|bell)",
        r"(try|keep trying|start by|best off|better off|worth|suggest|recommend|advise) (us |them )?(ringing|calling|phoning|contacting)",
        r"(give|try) (it|us|them|that) (another|a) (go|try|shot|call|ring|bell)( (again|later|on|in|tomorrow|after|at|next)\b|$)",
        r"(check|come|get) (back )?(in )?(with|to) us (again |back )?(on|in|at|after|if|when|once|later|tomorrow|next)",
        r"(ring|call|phone|contact) (the|our|your) (\w+ ){1,3}(and|they|on)\b",
        r"get (back )?in touch( with (us|them))? (again|later|if|when|once|on|after|tomorrow|next)",
        r"i('d| would) (just )?(ring|call|phone|try)( back)? (again|later|tomorrow|on|in)",
        r"you('ll| will)? (need|have|want) to (speak|talk|go) (to|through|with) (?!(you|me|my|a|us)\b)(the )?\w+",
        r"(hang up and|redial|dial back)\b",
    ),
    "callback-offer": (
        r"let me (ring|call|phone) you|rather (i )?(ring|phone|call|phoned|called|rang) you|i('ll| will) (call|ring|phone) again (at|on|by|in)|(like|prefer|have) a call ?back (from|this|today|tomorrow|at|in|later)|best number to (reach|call|ring) you",
        r"(have|get|ask|make sure|see that|so that) (\w+ ){1,3}(to )?(reach(es)? out|gets? (back|in touch)|rings?|calls?|phones?|contacts?|connects?)( back)?( (to|with))? you",
        r"you (should|ought to|will|'ll|are going to)?( be)? ?(hear(ing)?|get(ting)? a (call|ring|callback)) (from|back|within|in|by|soon)",
        r"you should hear|(for|so) (them|someone|somebody|him|her|\w+) (to|can|will) (ring|call|phone|contact) you",
        r"(will|shall|'ll|going to) (\w+ )?(connect with|get back with|revert to|bell|buzz|ping|be (calling|ringing|phoning|contacting)) you",
    ),
    "refusal": (
        r"(i|we|they) (simply|just|really|still|honestly|sadly) (can't|cannot|won't|couldn't|don't)\b(?! (see|find|hear|know|think|want|believe|imagine))",
        r"(isn't|aren't|wouldn't be|not being|never be) able to|(have|had) to decline|(application|claim|refund|request|appeal|loan)( has| have)? (been|was|is) (declined|refused|turned down|rejected)|out of (my|our) control",
        r"(\w+) (won't|can't|cannot) (release|match|authori[sz]e|honou?r|approve|waive|reopen|override|backdate|accept|take (it|that|them)) ",
        r"(that|it)('s| is|'ll be) a (hard |flat )?no\b",
        r"(not|isn't|nothing) (\w+ )?(something )?(that )?(i'm|i am|we're|we are) (able|allowed|permitted|authori[sz]ed)",
        r"\bno (refunds?|returns?|exchanges?|exceptions?|extensions?|discounts?|credits?|cancellations?)\b",
        r"(don't|do not|haven't|have not) (have|got|hold) (the )?(authority|power|permission|means|ability|access to (do|change))",
        r"(we|i) (don't|do not|haven't|have not|didn't) (have|got|get) (any|one|it|those|them|that|much)( \w+){0,3} (left|available|in|in stock|today|this week|for (you|that day))",
        r"there('s| is|'re| are) (nothing |none |no (\w+ ){1,2})(\w+ )?(available|left|free|open|this|today|till|until)",
        r"(outside|beyond) (of )?(what|my|our)|not in a position|(my|our) hands are tied|nothing (i|we) can do",
        r"\bnot without (a|the|an|your)\b",
        r"\bwe only (do|take|accept|offer|deal|give|allow)",
        r"(it's|it is|you're|you are|that's) (past|over|outside) (the|your|our|thirty|fourteen|sixty|ninety)",
        r"we (stopped|no longer|don't|do not|never|aren't|are not|'re not) (\w+ )?(doing|do|provide|providing|offer|offering|sell|selling|ship|deliver|carry|stock|support|take|serve|cover)\b",
        r"(can't|cannot|couldn't) (help|assist|do) you (there|with that|with this)",
        r"you (don't|do not|wouldn't|won't) (qualify|meet)",
    ),
    "condescension": (
        r"(everyone|everybody) else (manages|seems|gets|can|does)|most people (understand|manage|get|know|read)|(no|any) point (in )?(getting|shouting|being)|no need to (be like|shout|take)|don't take that tone|lower your voice",
        r"(if you('d| would) )?(just )?let me finish|what did you expect|basic (maths|math|english|arithmetic)|overreacting|as (previously|already|i all ?ready) (stated|told|explained|said|mentioned)|self explanatory",
        r"must have misunderstood|hate to break it|let's be realistic|you('re| are) not the only (one|customer|person|caller)|been over this|listen (lady|love|mate|sir|madam|pal)\b|it's called an? \w+ (sir|madam|ma'am|love)|making (this|it) (harder|difficult|more difficult)",
        r"wouldn't expect you to|you do (know|realise|realize)|clearly you|round in circles with you|got to be patient|(next time )?read (it )?before you",
        r"i (literally |already |just |have )+(just )?(said|told|went over|explained|answered|covered)\b",
        r"you('re| are) (really |just |clearly |still )*not (getting|understanding|following|hearing)|(are|were) you (even |not )+(getting|listening|hearing)",
        r"spell (it|this|that) out|(perfectly|plainly|quite|pretty|blindingly) (obvious|clear|simple)|any (normal|sane|reasonable|sensible) (person|customer|adult)",
        r"you (do|don't) (realize|realise|understand|know) (that )?(everyone|everybody|i|we|this|it|there|most)",
        r"^(\w+ ){0,2}(sweetheart|sweetie|honey|love|darling|dear|pal|buddy|my friend) (let me make|listen|you (need|have|don't|can't|should|aren't)|look|calm)",
        r"you (people|lot|folks|guys|customers) (never|always|don't|just|keep)",
        r"(no need|there's no need|don't) (to )?(be|get|getting|being|go) (so |all )?(hysterical|emotional|upset|dramatic|worked up|silly|aggressive|angry|snippy|funny)",
        r"(say|explain|tell|repeat|go through|put) (it|this|that|you|this again) (\w+ )*(slower|slowly|simply|one more time|once more)",
        r"that('s| is) what i('ve| have) been (trying|saying|telling)|i('ve| have) been (trying to|telling|saying)",
        r"(it's|that's) (not my fault|your (fault|problem|responsibility)) (if |that )?you",
        r"(like|as) i('ve| have)? (been )?(keep|kept|always|repeatedly) (say|said|tell|told)?",
    ),
    "platitude": (
        r"i can (hear|see|tell|sense) (the|your) (frustration|anger|upset|disappointment)|i can (hear|see|tell) you('re| are) (not|un)|(going to|i'll|will) do my (very )?best|strive to|we're here to help|share your concern|sorry for your experience|care about (every|all|our|each)|i know these things|get it i get it",
        r"sorry (that )?(you('re| are|'ve| have)|to (hear|learn)|for (how|the way)|about (that|this|it all|the|your)) ?(\w+ )?(having|experienc\w*|feel\w*|trouble|inconvenience|experience|situation|frustration|hassle|delay|wait)?$",
        r"i (know|realise|realize|appreciate|understand|get) (that )?(this|it|that)('s| is| isn't| must| can| may| might|'s not| has) (\w+ ){0,3}(ideal|easy|annoying|frustrat\w*|upset\w*|difficult|hard|tough|what you (want|wanted|expect\w*)|great|stress\w*)",
        r"i (can )?(see|tell|hear|understand|imagine|sense|appreciate) (that |why |how )?(you('re| are|'d|'ve)|you would|you must) (\w+ ){0,3}(upset|frustrat\w*|annoy\w*|angry|disappoint\w*|unhappy|stress\w*|feel)",
        r"(that|this|it) (does |must |really |can )*(sounds?|seems?|be|feels?) (\w+ )?(frustrat|upset|annoy|awful|stress|difficult|hard|tough|disappoint|terribl)\w*$",
        r"(apologies|apologi[sz]e|sorry) (to you )?for (any|the|all|your|this|that|our) (\w+ )?(inconvenience|trouble|distress|upset|hassle|bother|confusion|stress)",
        r"(i|we) (do |really |truly |very much |sincerely |certainly |so )*(appreciate|value) (your|you) (business|custom|understanding|loyalty|feedback|call\w*|time)",
        r"(deeply|truly|sincerely) (regret|apologi[sz]e|sorry)|i (\w+ ){0,2}(understand|appreciate) (how|your|the) (\w+ )?(frustrat|concern|upset|annoy|stress|situation|position|feel|hard|difficult|disappoint|anger|worr)",
        r"(customer|your|guest|passenger|caller) (satisfaction|feedback|happiness|comfort|concern|experience)s? (is|are) (\w+ ){0,3}(priority|important|everything|valued)|in your (shoes|position|place)",
        r"take (\w+ ){1,3}(very |extremely |so )?seriously|that('s| is) (very |so |most |really )?(unfortunate|regrettable)|want (all )?our (customers|guests|members|passengers) to",
        r"^(okay |yes |yeah |oh |right )*i (completely |totally |fully |do |really )*(understand|get it)( (completely|totally|fully|that))?( (sir|madam|ma'am|miss))?( (and|but)\b|$)",
    ),
    "policy-defence": (
        r"the reason (we|for the) (charge|do|ask|fee|have)|all (the )?\w+s (charge|do (it|that)|have to)|(protect|fair to) (everybody|everyone|all)|within (our|the|its) (limits|service level|tolerance|rights)|(written|printed) on the (back|bottom|front|ticket|label)",
        r"(were|was|are|been|got) (given|sent|handed) (a|the|an) (leaflet|booklet|letter|notice|copy|email)|we did (send|tell|notify|inform|write)|by law\b|the (law|regulator|insurer|bank|council) (\w+ )?(says|makes|requires|decides)|(hour|day|week|month) rule|(fee|charge|deposit) is there|we (wouldn't|don't) (normally|usually|generally)|as far as we're concerned|i only follow|we have (a|our) (process|procedure)",
        r"(just )?(the way|how) (we|it|things|they) (do|does|is|are|works?) (it|things|this|that|done)|have to (follow|stick|go by|abide|adhere)",
        r"you (agreed|signed|accepted|ticked|consented|were told|would have been told) (\w+ ){0,3}(when|to|up|for|at|the|that)",
        r"(computer|system|software|machine|app) (\w+ ){0,2}(works|calculates|decides|generates|sets|does|charges|applies) (it|that|them|the)?",
        r"(what|as) it says (in|on)|(everyone|everybody|(all|every|each) (\w+ )?(customers?|members?|accounts?|tenants?|passengers?|guests?)) (is|are|gets?|pays?|has to|have to) (charged|treated|pay|the same|this|that|it)",
        r"(stated|written|listed|published|shown|displayed|on|in) (on|in|at) (the|our|your) (\w+ )?(website|site|app|booklet|handbook|leaflet|brochure|letter|email|contract|invoice|ticket|sign|screen|agreement|form)",
        r"(fee|charge|rate|price|that|it) applies|(legal|regulatory|security) (requirement|measure|reason)|data protection|it('s| is) (just )?the law|(not|n't) (obliged|liable|responsible|required)",
        r"(do|charge|treat|be) (it |the same )?(for )?(everyone|everybody)|(set|laid) (out|down) in|head office (don't|doesn't|won't|decides?|says?)|(that's|it's|all) (just )?standard$|technically|(conditions|terms|rules) of (carriage|sale|use|service|hire|membership|business)|in (our|the|your) (\w+ )?(conditions|terms|contract|agreement|rules|handbook)",
    ),
    "reassurance": (
        r"(everything|it|that|you|things|all)('s| is|'re| are|'ll| will)( going to| gonna)?( be)? (perfectly |absolutely |totally |quite |all |still )*(alright|all right|okay|safe|under control|in hand|taken care of|work out|be fine|come (right|good))\b",
        r"rest easy|nothing to (worry|be alarmed|fear)|no (need|cause|reason) (to|for) (\w+ )?(worry|concern|panic|alarm|alarmed)|(don't|do not|please don't) (you )?(fret|panic|stress)|(got|have) you covered|(put|set) your mind",
        r"(look after|take (good |great |excellent )?care of) you|wouldn't worry|worry not|you can (rely|count|depend|bank) on|we've got (this|you)\b|(won't|not going to|never) (leave|let) you|get through (this|it)|(come|called) to the right place|(good|safe) hands",
    ),
    "boundary-name": (
        r"(call|calling|called|calls) (me|people|us) (names|that|a|an|things)|name calling|(scream|shout|swear|yell|curs)\w* at me|(with|use|using|that|this) (kind of |sort of )?language|(tone|voice) with me|(speak|talk) to me (like|in|decently|properly|politely|with)",
    ),
    "hands-back": (
        r"(how|where|what|which way) (would|do) you (like|want|prefer|feel|think|wish)( (me|us|we|to|should|happen))* ?(to )?(proceed|go|do|next|now|handle|leave|take|from here|happen next)|(you|so you) tell me (what|how|where)|what would you prefer|(your|the) (decision|choice|call) (now|sir|what|is)|ball's in your court|what (now|next) from (you|your)|(help|make) (me|us) understand what",
        r"what('s| is| do you| would you)? ?(you )?(need|want|most useful|missing) (from (me|us)|for you)",
    ),
    "asks-root-cause": (
        r"(what|when|how|why) (did|was|were|has|have|had|might|do) .*(before|last|first|chang\w*|different|since|happen\w*|work\w*)\b|since when|sets? it off|in common|the same about|(going on|happening) under|(did|has|have) (anything|something|anyone|you|they) .*(chang\w*|mov\w*|new|since|before)\b",
        r"how long (has|have) (it|this|that|the)|is it (only|always|just|worse)|(does|did) (it|this|that) (\w+ ){0,2}(happen|start|begin|come|only|after|when)|get to the bottom|what('s| is) (new|different|the same) (since|about|now)",
    ),
    "fix": (
        r"(i('ll| will)|let me|i'm going to|we('ll| will)) (\w+ )?(pass|send|forward|flag|hand) (this|that|it|your \w+) (on|over|up|along|through|to)",
        r"(am|are|'m|'re) (now |just )?(registering|lodging|logging|raising|filing|submitting|escalating|booking|putting|arranging|processing|opening|creating|issuing|generating|forwarding)",
        r"(i've|i have|we've|we have) (\w+ )?(logged|raised|booked|registered|lodged|escalated|flagged|noted|submitted|put) (it|that|this|a|the|you|an)?",
        r"(let's|let me|i'll|we'll) (just )?(get|have) (you|it|that|this|him|her|them) (re\w+ed|booked|sorted|scheduled|fixed|swapped|sent|put|set up|looked)",
        r"i('ll| will) (just )?(do|make|put|get|sort|order|arrange|pop) (you|in|up|through|together) (a|an|another|some|the)",
        r"i('ll| will) (make|put|add|leave) a (note|ticket|request|complaint|referral|report|claim)",
    ),
    "closing": (
        r"mind how you go|have a safe|good day( to you)?$|take care of yourself",
        r"(you )?(?<!let me )(?<!do you )have (yourself )?(a|an) (?!look)(\w+ ){0,2}(one|day|evening|night|weekend|afternoon|morning|week|time)",
        r"(catch|see|talk to|speak to) (you|ya) (later|soon|again|then|around)|see ya|laters$|take it easy$|safe travels",
    ),
    "covers-everything": (
        r"(did|have|does|do) (we|i|that|this) (get to|got to|answer|take care of|cover|covered|answered|miss|missed) (everything|it all|all|any)|will that be (all|everything)|something we haven't|what have i (left|missed)|(owt|anything) else\b|was there another thing|that the lot",
        r"(is|was) (that|it) (you|us) (all )?(sorted|done|set|okay|good)|(have|did) (i|we) (miss|missed|forget|forgotten|leave|left) (out )?(anything|something)",
        r"(is|was) that (the lot|the whole)\b|you (good|okay|all right|all set|happy) (with|for|on) (everything|all|the rest)|(any|no) (other|more|further) \w+( sir| madam| ma'am| for (me|us|today))*$",
        r"(is|was) there (a|any) (other|further) (thing|reason|question|matter)|what about anything",
    ),
    "bare-hold": (
        r"^(\w+ ){0,2}(hold|hang|wait) (on|there|up)( please| a \w+| one \w+)?( (let|i) (me |need to |have to |just )*(see|check|look|ask|get|find|pull|try)\w*( \w+){0,3})?$",
        r"^(\w+ ){0,2}(be|stay|keep|remain) on (the )?(line|phone)( please| sir| ma'am)*$|^(just )?bear with( me| us)?( \w+){0,3}$",
    ),
    "hold-announce": (
        r"(putting|placing|popping) you on|(short|quick|brief) hold\b.*\b(while|so|for|if|and)|(okay|willing|happy) (to hold|holding|with holding)\b|mute (my|the) line|(let me get|like) you to hold|hold (for me )?(there )?(now )?while i|you'll hear (some )?music",
        r"(i need|i'll be|it('ll| will) take( me)?|give me|need) (just )?(about |around |only )?(a|one|two|three|five|a couple of|a few) (\w+ )?(minutes?|moments?|seconds?) (to|while|as|so|and)\b",
        r"(if|mind if|okay if|right if|alright if|when|while) (i|we) (just |quickly )*(put|pop|place|stick|leave|keep) you on",
        r"(have to|need to|must|going to|'ll|like to) (just )?(put|pop|place|stick) you on (\w+ )?(hold|mute)\b.*\b(for|while|minutes?|so|and)",
        r"(ask|want|like|prefer|rather) (you )?to hold\b",
    ),
    "asks-reason": (
        r"(was|is|were) (it|this|that|there) ((something|anything)(?! (else|more|further))|because|to do with|down to|due to|the (price|cost|service|money|staff|speed|quality))",
        r"(what|why)('s| is| has|'s that| made| makes)? ?(prompted|driven|behind|brought|caused|changed|that|the decision)\b.*$",
        r"(are|were) you (un|not )?(happy|satisfied) with|(mind|tell|ask|know|share) (me |us |if i ask )?(why|the reason|what (changed|made))",
        r"what('s| is|'s been| has|'d)? ?(taking|put|putting|making|pushing|driving|pulling) you|why the (\w+ )?(cancellation|switch|change|move|decision)|what (went wrong|let you down)|(have|did) we (let you down|upset you|done)|(isn't|not|wasn't|hasn't been) working (out )?for you",
    ),
    "asks-purpose": (
        r"(what('s| is)|what are) (it|that|this|the \w+|they|those) (needed |wanted |used |going )?(for|towards)\b|who('s| is| will be|'ll be) (going to )?(be )?(reading|using|seeing|read|use|see)|what (sort|kind) of (decision|job|work|thing) |what (problem|job) (are|do|will) you|why do you need|behind (wanting|needing)|what you('re| are|'d)( be)? (after|doing|do) with",
        r"(how|where|what) (are|were|will|would) you (be )?(planning|using|going|intending|hoping|need\w*)( to)?( use| do)?|who('s| is) (it|that|this) for\b",
        r"is (it|that|this) for (a|an|your|the|tax\w*|insurance|mortgage|work|personal|school)|(something|anything) (in particular|specific|particular) (you|that)",
        r"what (part|exactly|period|information|details?) (of it |do |are )?(you )?(need|want|after|looking)",
    ),
    "confirms-understanding": (
        r"is that (about )?(the size of it|right|it|correct|the (issue|problem|whole))|am i (understanding|hearing|getting|following|right|correct)( (you|this|that|it))?( (correctly|right|properly))?",
        r"(have|did) i (get|got|understood|understand|follow\w*|hear\w*) (that|this|it|you|everything|all)|(you|that) (follow|sound|look) (right|about right|correct)$",
    ),
    "recap": (
        r"(let me|i'll|i'd like to|let's) (just )?((say|play|read|repeat|run|tell) (that|this|it|what you said)? ?(back|through|over)|(go over|summari[sz]e) (that|this|it|what|all))",
        r"(just )?(to )?(check|make sure|be sure|see if|confirm) (that )?i('ve| have|'m| am)? ?(got|understood|understand|understanding|follow\w*|heard|have|hear\w*)",
        r"(if|what) i('m| am|'ve| have)? ?(hear\w*|understand\w*|understood|got|getting|follow\w*)( (you|this|it|is|right|correctly))",
        r"^(okay |right |alright |all right |sorry |well )*so (it|he|she|they|there) (was|were|came|left|said|told|took|never|didn't|hasn't|arrived|broke|stopped|went|turned)\b.*\b(and|then|but|twice|again)\b",
        r"^(okay |right |alright |all right )*so you (\w+ )?(order|pay|paid|call|sent|had|bought|went|got|wait|book|try|tried|told|came|put|took|were|was|rang|asked)\w*\b.*\b(and|then|but|twice|again)\b",
    ),
    "agreement": (
        r"you (do )?(make|have|got|raise) (a|an) (very )?(good |fair |valid |excellent )?point|i think so too|badly (handled|done)|right you are|you weren't wrong|can't (disagree|fault)|(that|this) was (badly|poorly|not) (handled|good|done|right|on)",
        r"(you're|you are|that's|that is|too|quite|dead|spot|fair|bang|absolutely) (dead |spot |bang |quite |so |very |completely |hundred percent |one hundred percent )*(right|on|fair|correct|true)( (there|enough|about that|to (say|be|feel)))?( sir| ma'am| madam)?( \w+)?$",
        r"you('re| are) (dead|spot|bang|so|completely|entirely|perfectly) (right|on|correct|justified)",
        r"(that|this|it)('s| is| was)? (completely |totally |entirely |all )?on us\b|(that|this|it)('s| is| was) (our|my) (mistake|fault|error|bad|doing|mess)|our (mistake|fault|error|bad)\b",
        r"i('d| would)( have)? (be|been|feel|felt) (\w+ )?(fuming|mad|the same|raging|cross|upset|angry|annoyed|livid|furious|hopping)",
        r"we (got|did|handled|made) (that|this|it|a) (\w+ )?(wrong|badly|poorly|mistake|mess)|we (let you down|dropped the ball|messed up|slipped up|failed you|should've|should have)",
        r"(can't|couldn't|won't|not going to) argue (with|against)|you (shouldn't|should not|should never) (have|be) (had|having)? ?(to|been)?",
        r"every (right|reason) to|i (completely|totally|absolutely|fully|quite|do|couldn't) agree|couldn't agree more|not good enough (from|of|on) (us|our)",
    ),
    "offers-option": (
        r"another way (would be|is)|the other (route|way|thing)|let me (offer|suggest|give you (a couple|two|some))|(two|couple of|three|few|other) (ideas|options|choices|ways)|instead of \w+ing|i('d| would) suggest|do you want me to .* or\b",
        r"but (the|our|my|we|there) (\w+ )?(has|have|can|could|is|might) |you could (swap|drop|switch|move|use|try|pay|go|have|take|come|collect|pick)|(i|we) can (take|write|credit|halve|drop|leave|bring|post|ring|call) (?!(your|the) (name|number|details|address))",
        r"(would|could) (a|an|the|that|it|you|we|i) (\w+ ){0,4}(be (any|some) (good|use|help)|work|suit|help|do)\b",
        r"you('re| are) (very |more than )?welcome to|what (i'm|i am|we're|we are) able to|(i|we) can (let|put|add|hold|keep|lend|squeeze|waive|extend|reduce|split|spread|swap|transfer|check|see if|do (it|that|you|one|a|half))",
        r"(?<!where )(?<!what )(?<!name )(shall|should) (i|we) (put you|add you|book you|try|hold|keep|get you|check|see|arrange)|if you('d)? (like|prefer|want) (i|we|you)|or else (you|i|we)|(the )?other (thing|option|way|possibility)",
        r"we do have|(maybe|perhaps) (i|we|you) (could|can)|one (thing|option|way)|(alternate|alternative) (\w+ )?(is|would|could)|(there's|there is|we've got|i've got) (also|another|(a|an|one) (slot|space|later|earlier|cheaper|different|smaller|bigger|spare|loan|opening|gap|alternative|cancellation))\b",
    ),
    "order-taken": (
        r"consider it done|coming (right )?up$|(i'll|i will|i can|we'll) have (it|that|the \w+|one|them) (\w+ )?(sent|pulled|printed|written|ready|done|emailed|posted)",
        r"(get|have) (that|those|it|them|a \w+|the \w+) (\w+ )?(printed|pulled|written up|run off|run|emailed|posted|ordered)|put in for (the|a|it)|^(okay |right |sure |great |lovely )+(adding|changing|cancelling|closing|ordering|printing|upgrading|sending) ",
    ),
    "asks-goal": (
        r"what('s| is| was| would be| does| would)? (a |the |your )?(good|fair|best|right|ideal|happy) (outcome|result|resolution|ending|solution|way)|what is it (that )?you('d| would)? (need|want|like)|what would you (like|want|have us|hope) (us |me )?(to )?(see )?(happen|done|do|next)",
        r"(how can|what can) (we|i) (make|do to make) (it|this|that) (up|right)|what matters most|what (were|are) you hoping|what('s| is) (your expectation|most important)|tell me what you('d| would)? ?(want|need|like)|what (result|outcome) (are|would|do)",
    ),
    "supervisor-agree": (
        r"(get|getting|grab|bring|fetch|find) (you )?(in )?(my|the|a|someone|somebody) ?(\w+ )?(boss|lead|gaffer|head|senior|manager|supervisor|higher|above)|(my|the|our) (manager|boss|supervisor|lead|director) (will|can|is)|(glad|happy|pleased) to escalate|someone above (me|us)\b",
    ),
    "open-question": (
        r"tell me (a bit |a little )?(more|everything|all|what)|help me (picture|see|understand)|what (worries|brought|prompted|went|happened|made|part|is it about|was it about)|how (would|could|were|can) you (want|like|use|tell|describe|explain)|could you (share|tell me (why|what|how|everything))",
    ),
}  # fmt: skip

_CUSTOMER_IDIOMS: Mapping[str, tuple[str, ...]] = {
    "requests-item": (
        r"(send|email|post|give|get|print|let|have|need|want|like) ((me|us) )?(have )?(out )?(a|an|the|another|my|our|last) (\w+ ){0,3}(readings|test results|agreement|folio|doctor's note|tax certificate|(spread|time) sheet|itemi[sz]ed (bill|invoice)|booking confirmation)\b",
        r"(need|want|get|have|like|after|require) (all |copies of )?(my |our |the )?(last|this|past|previous) (\w+ ){0,2}(year|month|quarter)('s|s)? (\w+)",
        r"(mind (post|send|mail|email|writ|print|issu)ing|post|send|mail|email|do|write|print|get|issue|give) (me |us )?(out |over |up )?(a|an|another|the|some|my) (\w+ ){0,2}(form|forms|letter|copy|statement|certificate|printout|list|report|receipt|invoice|paperwork)\b",
    ),
    "states-purpose": (
        r"for (my|a|the|our) (own )?(school|expenses|records|tribunal|board|meeting|court|visa|mortgage|tax|taxes|accountant|landlord|insurance|claim|lawyer|solicitor|job|work|trip|audit)\b|taking it to|(using|use) it for|so (that )?(the|my|our|i|we|they|he|she|you) (\w+ ){0,2}(can|could|know|knows|see)\b|it's (just |only )?(for|to|so) ",
        r"(because|cause|seeing as) (i|i'm|i've|we|we're|my|our|the|it|it's|you)\b|(i'm|we're|i am|we are) (moving(?! (over |across )?to (a |an |the |your |another )?(\w+ )?(other|another|different|rival|competitor|crowd|lot|company|provider|bank|supplier|network)\b)|relocating|emigrating|retiring|selling)\b|(it's|it is|gone|got) (just |got |way |far )?(too )?(expensive|dear|pricey)|can't afford",
    ),
    "leaving": (
        r"(i'm|i am|we're|we are|we've|i've)( \w+)? (switching|moving|going|changing|defecting|leaving) (over )?(to|you for|with) (?!(a new|new|my|the|bed|work|hospital|school|university|college)\b)(o two|vodafone|sky|bt|three|verizon|at and t|t mobile|comcast|telstra|optus|\w+ (instead|next month))",
        r"(decided|going|want|like|plan\w*|prefer|choosing) (to )?not (to )?(renew|continue|carry on|keep (it|the|this|you))|(give|giving|hand\w*) (in )?(my |our |you )?notice\b",
        r"(going|go|moving|move|looking|took|take|taking) (\w+ ){0,3}(elsewhere|somewhere else)|(done|finished|through) with (your|this) (company|service|lot|shower|bank|firm|outfit|network|gym|place)",
        r"leav(e|ing) you (for|and)|port (my|our|the) (\w+ )?(number|line|out)|\bpac code\b",
    ),
    "claims": (
        r"nobody ever|you('ve| have)? (over ?charged|double charged)|i did (send|pay|return|post|ring|call|tell)|(was|were|worked|working) (\w+ )?fine (till|until|when|before)|you('re| are) the ones? (who|that)|the contract says|(came|arrived|was) like that|wasn't (even )?(there|in the)",
        r"(must've|must have|you|you've|y'all|ye|they|somebody|someone) (\w+ )?(read|got|have|done|charged|billed|counted|measured|put|entered|sent|fitted|set) (\w+ ){1,4}wrong",
    ),
    "asks-authority": (
        r"(speak|talk|chat|word|moment|put me (on|through)|get me|connect me|pass me|transfer me|hand me|escalate|go) (\w+ ){0,4}?(to |with |over to |on to )?(the |your |a |an |some |whoever |whoever's |who's |someone |somebody |anybody |anyone )(\w+ ){0,3}?(boss|boss man|gaffer|manager|managers|supervisor|superior|senior|seniors|higher ups?|team lead(er)?|head|director|owner|in charge|above you|over you|higher|more senior|next level|with (some |more |any |actual |real )?(authority|clout|power))\b",
        r"(want|need|give me|like|fetch|bring|find me) (to see )?(the |your |a |an |some |whoever |whoever's |someone |somebody )(\w+ )?(boss|gaffer|manager|supervisor|superior|higher up|team lead(er)?|in charge|above you|over you)\b",
        r"(is there|isn't there|anyone|anybody|who's|who is|someone|somebody) (a |the )?(\w+ ){0,2}?(supervisor|manager|boss|in charge|above you|higher up|more senior|senior)( there| here| available| on| i can| around|$)",
    ),
    "states-norm": (
        r"you don't (just )?(sell|do that|treat|throw|keep|charge|take|leave) |(it|that|this|there) (should|ought to|shouldn't|oughtn't) (be|say|have|work|tell|come|cost|never)\b|(don't|do not) think (that's|it's|this is) (acceptable|right|fair|on|good)|only reasonable|common (sense|courtesy|decency)|we'd never do that",
        r"(any |a )?(decent|proper|real|good|normal|half decent|reputable|honest) (company|business|firm|outfit|person|service|bank|shop|place) (would|should|wouldn't|does|doesn't|calls?|tells?)",
        r"\b(?!(i|we|what|how|where|which|who|when|that|it|he|she|this)\b)\w+ (really |at least |just |always |never |at the very least )*(should|shouldn't|ought to|oughtn't)\b(?! (i|we)\b)(?! (be (here|there|with|coming|arriving)|arrive|get here))",
        r"(that|this|it)('s| is)? (just |so |very |really |quite |a bit |frankly |absolutely |completely )*(unethical|unreasonable|disgraceful|unacceptable|unprofessional|cheeky|misleading|dishonest|shoddy|underhand|a liberty|a bit much)\b|(that's|what) an? (terrible|daft|silly|stupid|ridiculous|dreadful|awful|shocking) (way|rule|policy|system|thing to)|not acceptable",
        r"you (want|need) to (train|teach|tell|warn|learn|sort out) (your|people|folk)|(works|goes) both ways|(things|people|folk|customers) (like that )?need to be|at the very least|the least (you|ye|they|y'all|anyone|a person) (could|can|should|might)|(is|isn't) it not (your|their)|(your|their) (duty|job|responsibility) to",
        r"(somebody|someone|anybody|you|they|y'all|ye) (should've|should have|could've|could have|might have|ought to have|oughta|shoulda) (told|called|rang|said|warned|picked|let|let me|sent|put|checked|asked)",
    ),
    "rejects": (
        r"i('m| am) not (doing|waiting|calling|ringing|having|paying|going to (do|wait|call|ring))|i can't (wait|afford|do (that|\w+day))|i'd rather not|don't send (me )?(another|any)|(that|it|this)('s| is) (no|not any) (good|use|help)",
        r"(don't|do not) give me (that|any|your|the)|^(oh )?(save it|spare me|give over|get away|pull the other|my foot|rubbish|bull\w*)\b|what use is|what good (is|are|does|will)|that('s| is) (completely |totally |absolutely |no |about as )?(useless|worthless|pointless|rubbish|a joke|nonsense)",
        r"(you|ye|they|y'all|youse)( lot| people| guys| all)? (always|keep|only ever|just) (say|saying|tell|telling|said)|words are cheap|(talk|sorry) is cheap|(bit|little|far|way|much) (too )?late (for|now)|^(oh )?yeah right\b|cut it$",
        r"absolutely not\b|forget (it|about it)|no way\b|(i'm )?not (accepting|having|buying|interested)\b|(you can )?keep your \w+|(don't|do not) (you )?(patroni[sz]e|fob)|sorry('s| is| doesn't| does not| won't| isn't| ain't| don't| didn't) |(keep|shove|stick) your (sorry|apolog\w+|voucher|credit|refund|money|promises)",
    ),
    "wants-to-vent": (
        r"let me get it (all )?out|(needed|need|want|wanted|felt like|had|like) (to )?(a good )?(shout|shouting|moan|scream|telling|tell) (at |to )?(somebody|someone|it)|blow(ing)? off steam|not asking (for )?(anything|you)|(wanted|want|need|needed) (you|someone|somebody) to (just )?(know|hear)|nobody else to|only (rang|called|phoned) to (complain|moan)|isn't a question",
        r"(have|had|having|need|needed|want|wanted) (a |to )?(good |proper |bit of a )?(moan|rant|vent|whinge|whine|grumble|cry)\b|(i'm|i am|just) (just |only )?(venting|ranting|moaning|sounding off|letting off)",
        r"(don't|do not) (\w+ )?(want|need|expect) (anything|nothing|it) (done|fixed|sorted|solved|changed)|(only|just) (want|need|wanted|needed) to (give out|moan|rant|complain|talk|tell)",
        r"(only|just) (want\w*|need\w*|like) (to be )?(heard|listened)|(needed|need|want|wanted|had) (just )?to (just )?(tell|say|talk to|say it to) (someone|somebody|it out loud|this out loud)",
    ),
    "again": (
        r"^(hi |hello |yeah |well |so |um )*(it's|he's|she's|they're|we're|i'm|the \w+('s| is)) back( again)?( to|$)|(rang|called|phoned|complained|written|emailed|been on|spoken to you|contacted you) (\w+ ){0,2}(about (this|it|that) )?(before|already|last (week|month|time|year)|again)",
        r"how many (more )?times|always the (same|way)|never (stays|lasts|gets|been) (\w+ )?(fixed|right|sorted|resolved|done|worked)|(recurring|ongoing|repeat|continual|constant|persistent) (problem|issue|fault|thing)|(second|third|fourth|fifth|another) one (that's|to|which|has)|not the first",
        r"keeps? (on )?(cutting|freezing|turning|leaking|tripping|buffering|disconnecting|crashing|resetting|blowing|jamming|locking|losing|charging|billing|taking)\b|(does|did|done|doing) (it|this|that|the same|exactly the same)( thing)? (again|every|each|once more)",
    ),
}  # fmt: skip


def _compiled(table: Mapping[str, tuple[str, ...]]) -> dict[str, re.Pattern[str]]:
    return {
        act: re.compile("|".join(line if line.startswith("^") else rf"\b(?:{line})" for line in lines))
        for act, lines in table.items()
    }


AGENT_IDIOMS = _compiled(_AGENT_IDIOMS)
CUSTOMER_IDIOMS = _compiled(_CUSTOMER_IDIOMS)
