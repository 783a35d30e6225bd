"""The wordings that `facts.py` looks for: one pattern for each thing that people say in many ways.

As in `behaviour.py` they are written for what a recognizer prints: lower case, no punctuation, numbers in words.
"""

from __future__ import annotations

import re

_KIN = "mother|father|mum|mom|dad|son|daughter|baby|child|husband|wife|brother|sister|grand\\w+"
BEREFT = re.compile(
    r"\b((died|passed away|passing|funeral|mourning|grie(f|ving)|ashes|hospice|stillborn|miscarriage|widow(ed|er)?)\b|"
    r"(they|it|she|he|everything|all)('s| is|'re| are|'ve| has| have)? (all )?gone\b"
    r"(?! (up|off|down|out|on|in|to|through|back|over|well|wrong))|"
    r"can't (be replaced|get (it|them|that) back)|irreplaceable|gone forever|"
    rf"lost (my|our) (\w+ )?({_KIN}|memories|photos|pictures)|"
    rf"(pictures|photos|letters|videos|ring) of my (late )?({_KIN}))\b"
)
OWN_TITLE = re.compile(
    r"\bi('m| am| was|'ve been| have been| used to be) (the|a|an|their|your) (\w+ ){0,2}"
    r"(manager|supervisor|director|team lead)"
)
SAID_BEFORE = re.compile(  # by which nobody is talked down to while all is well
    r"\b(as|like) i (already |just )?(said|mentioned)( before| earlier)?\b|\bonce again\b|"
    r"\bas (it|the \w+) says\b|\b(it|this|that) (\w+ ){0,2}(slower|slowly|once more|one more time)\b|"
    r"\b(it|that|this)('s| is)( all)? (very |really |quite |so |dead )?(simple|easy|straightforward)\b|\brelax\b"
)
SOFTLY = re.compile(r"\bas i (\w+ )?mentioned\b(?!.*\bas i )")  # a courtesy, until it is said a second time
ASKED_AGAIN = re.compile(  # who wants to hear it again is told it again
    r"\b((say|repeat|tell|read|spell|give|go over|go through|explain|run) (me |us )?"
    r"(that|it|this|the \w+|through)?( \w+){0,3} (again|once more|one more time|slow\w*)|"
    r"(what|which|who|where|when|how \w+) (was|is|were|did|do|does|are) .*\bagain|"
    r"(didn't|did not) (quite |really )?(catch|get|hear) (that|it|the|what|all|you)|missed (that|it|the|what)|"
    r"(get|getting|find|grab|fetch)(ting)? (me )?(a|my) (pen|pencil|paper)|repeat (that|it)|pardon|come again|"
    r"slow down|write (that|it|this) down)\b"
)
LAUGHS = re.compile(
    r"\b(ha|haha\w*|hee hee|congratulations|congrats)\b|"
    r"\bthat's (just |so |absolutely )?(amazing|brilliant|wonderful|fantastic) (news|what|who|where|tell|i('m| am))\b|"
    r"\bhow (lovely|wonderful|exciting|marvellous)\b"
)
EARLIEST = re.compile(
    r"\b(availability|earliest|(first|next) (\w+ )?(slot|opening|appointment|available)|(days?|weeks?) from now)\b"
)
COURTESY = re.compile(
    r"\bif you (ever )?(have|need|want|think|run into) (any|more|some|a|further|anything|something|to know)\b|"
    r"\b(any ?time|day or night)\b"
)
AT_IT = re.compile(  # what is being done while they speak, or a cry at the news: anything but flat
    r"\b(\w+('s|'m|'re| is| are| am)|i've got) (just )?\w+ing\b.*"
    r"\b(right now|now|as we speak|while (we|you|i)|straight away)\b|\bright now\b|"
    r"^(\w+ )?(oh|ah|aw) (no|god|dear|my|lord|the (poor|\w+ (divil|thing|soul))|you poor)\b|"
    r"\bpoor (thing|you|divil|soul|love)\b"
)
FEELS_WITH = re.compile(
    r"\b(awful|terrible|dreadful|horrible|shocking|oh|dear|poor|bless|sorry|shame|rotten|rough|bad|worry|worrying|"
    r"no wonder|not surprised)\b"
)
SETS_OUT = re.compile(  # "i'll find you another", but not "i'll see" or "i'll ask"
    r"\b(i|we)('ll| will) (?!be |see |look |check |ask |have |need |not |do |just |hold |put you )\w+ "
    r"(you|that|it|this|a|an|the|another|some|somebody|someone)\b"
)
SETS_TO = re.compile(r"\b(i'll|we'll|i will|we will|i'm going to|i can|we can|let me|what i|i'd)\b")
ASKS = re.compile(
    r"\b((can|could|may|might) (i|we|my|you|he|she|they|our)|any chance|is it possible|i('d| would) like|would you)\b"
)
SOON = re.compile(
    r"^(?!.*\b(is there|(do|did|would|could) you|like it|want it|need it)\b)"
    r".*\b(you|it|they|that|someone|somebody)\b.*\b(soon|shortly|in due course|eventually|at some point)\b(?! as you)"
)
PLAIN_NO = re.compile(
    r"^(oh |well |um |sorry |i'm sorry |hm )*(no|nope|unfortunately|can't|cannot)\b"
    r"(?! (problem|worries|bother|trouble|need|rush|thank|thanks|that's (right|correct|fine|okay)|not at all))"
)
BOOKED_ANEW = re.compile(
    r"\b(re ?(book|schedul|arrang)\w*|(an?other|different|new|later|earlier) (day|time|date|slot|appointment)|"
    r"(stick|put|move|shift|swap|change|make|book|pop) (it|me|that|us|them) (on|for|to|in|down|back|forward)\b)"
)
ASKS_TIME = re.compile(r"\b((what|which) (time|day)|when) (are|is|will|would|do|does|can|could|suits|works|shall)\b")
REASON = re.compile(  # why somebody leaves, told without a "because"
    r"\b(cos|since (i|we|my|the|you|it)\b|due to|on account of|too (expensive|dear|much|slow|far|old|big|small|many)|"
    r"(can't|cannot|couldn't|can no longer) (afford|use|read|see|get|manage|walk|drive|go|make|do|justify)|"
    r"(don't|do not|never|hardly|barely|rarely|no longer|not) (really |even |actually )?"
    r"(us(e|ed|ing)|watch\w*|play\w*|read|go|going|getting)\b|"
    r"(i'm|we're|i am|we are|he's|she's) (\w+ )?(leaving the|emigrating|retiring|pregnant|redundant|downsizing)|"
    r"(my|our|the|his|her) (\w+ )?\w+('s| is| has|'ve| have)? (just |all |finally )?"
    r"(gone|died|passed|left|finished|closed|sold|packed (up|in)|given up)\b|"
    r"(i've|we've|i have|we have) (just |now |already )?"
    r"(moved|retired|lost|sold|bought|got (a|an|another|the)|finished|joined|had a)\b|"
    r"(put|gone|going|went) up (to|by|again|from|in price)|"
    r"(price|cost|bill|premium)s? (rise|hike|increase|went|has|have|is|keeps?)|"
    r"(found|offered|getting) (\w+ ){0,3}(better|cheaper)|"
    r"mov(e|ing) (in|out|abroad|house|away|home|"
    r"to (?!(a|an|the|your|my|our|another|other|some\w+|different|\w+day)\b)\w+)|"
    r"redundan\w+|retire\w*|surgery|operation|doctor|divorc\w+)\b"
)
MAY_CALL = re.compile(  # the time follows
    r"\b(can|could|may|shall|should) (i|we|she|he|they) (just )?(call|ring|phone|give) you\b"
)
CALLED_OFF = re.compile(  # by somebody else: no wish to leave
    r"\b(the|my|our|a|this|that|was|were|is|are|got|been|being|they|you) (just |all |suddenly )?cancell?ed\b"
)
PLAINLY_AGAIN = re.compile(  # "i sent it again" is a step of a story, and no trouble that came back
    r"\b((second|third|fourth|fifth|sixth|tenth) time|(every|each) (single )?(time|week|month|night|morning|\w*day)|"
    r"keeps?|same (thing|problem|issue|fault|story|trouble)|yet again|it('s| has) happened (again|before)|"
    r"(second|third|fourth|fifth|sixth) one\b|(gone|went|come|came|sent|been|is|'s) back\b.*\bagain|"
    r"(happen|broke|broken|stop|fail|crash|leak|went|gone|down|out|off|wrong|back)\w* (\w+ )?again|always)\b"
)
BAD_FEELING = re.compile(r"\b(upset|frustrat|annoy|disappoint|distress|stress|worr|anger|angry|difficult|hard for)")
AWAY = re.compile(  # "she's out today" gives no time for the call
    r"\b(is|'s|are|'re|be) (\w+ )?(out|off|away|not in|on leave|on holiday|in a meeting|at lunch|busy|closed|on site)"
    r"( \w+){0,2}? (today|tonight|tomorrow|now|(this|in the) \w+|(till|until) \w+)\b"
)
THANKS = re.compile(
    r"\b(thank(s| you)|(i|we) appreciate)( so much| very much)? (for )?(you |your )?"
    r"(holding|waiting|patience|bearing)\b"
)
OTHER_DESK = re.compile(
    r"\b(someone|somebody|anyone|anybody|speak|talk|through|transfer\w*|connect\w*) (\w+ )?(in|at|from|to|with) "
    r"(the |your )?"
    r"(\w+ )?(support|billing|sales|accounts|claims|payments|department|reception|desk|team|office)\b"
)
ABOVE = re.compile(
    r"\b(manager|supervisor|boss|gaffer|senior|superior|charge|above|over|higher|lead(er)?|head|director|owner|"
    r"authority|escalat\w*|decisions?|upstairs|level|else)\b"
)
