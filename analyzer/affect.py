"""How the customer feels and how strongly: what the words say, what the voice says, and the rule that joins them.

A model reads words only (`TurnReader`); the rule that joins its reading with the voice lives here,
so that every engine is joined in the same way.  `read_agent` returns dialogue acts and nothing
else: there is no path by which an emotion could be assigned to an agent.

The rule that joins them (`join`)

* Words are believed as far as the recognizer believed them: at a word confidence of `BELIEVED` or more fully, at
  `GARBLED` or less not at all, in between in proportion.  What is not believed shrinks to neutral: sentiment to 0,
  intensity to `RESTING`, every probability to nothing.  So garbled words never escalate a call.
* Only words tell good from bad: the sentiment is theirs.
* The voice moves the intensity.  A voice above the customer's usual takes it up to `VOICE_RAISES` of the way to 1;
  one below takes away up to `VOICE_SOFTENS` of it, never more: threats can be spoken softly.
  Where the voice abstains, the words stand alone.
* A cue holds from `CUE_HOLDS` on, some only from `NO_GUESS` on, after the discount.  A plain insult (`INSULT`) is
  abuse, and who says that they are furious is (`FURY`), whatever the model thinks.  Who speaks of their own boss and of
  no other (`OWN_BOSS`, `BOSS`) asks for nobody; what a third person said to them (`TOLD_TO_ME`), or they said to a dog
  (`NOT_YOU`), is no abuse of the agent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from analyzer.speech import Utterance
from analyzer.spoken import spoken
from analyzer.voice import Voice

EMOTIONS = (
    "admiration", "amusement", "anger", "annoyance", "approval", "caring", "confusion", "curiosity",
    "desire", "disappointment", "disapproval", "disgust", "embarrassment", "excitement", "fear",
    "gratitude", "grief", "joy", "love", "nervousness", "optimism", "pride", "realization", "relief",
    "remorse", "sadness", "surprise", "neutral",
)  # fmt: skip
"""GoEmotions' 27 emotions and neutral (Demszky et al. 2020), in that paper's alphabetical order."""

DISTRESS = (
    "frustrated", "angry", "anxious", "confused", "helpless", "cheated", "disappointed", "grateful", "relieved",
)  # fmt: skip
"""How a customer in trouble feels, in the words a call centre uses."""

CUES = (
    "abuse", "profanity-at-thing", "supervisor-request", "churn", "legal-threat", "repeat-contact", "vent",
    "blame", "rejects-help", "hold-complaint", "gratitude", "relief", "confusion", "distress", "safety-risk",
)  # fmt: skip
"""What a customer's turn does that a coach must hear."""

ACTS = (
    "greeting", "asks-name", "open-question", "closed-question", "platitude", "specific-empathy", "recap",
    "confirms-understanding", "apology", "agreement", "policy-defence", "refusal", "offers-option", "promise",
    "promise-vague", "callback-request", "callback-offer", "hold-announce", "hold-return", "transfer-offer",
    "supervisor-agree", "condescension", "reassurance", "fix", "order-taken", "asks-purpose", "asks-reason",
    "asks-goal", "asks-root-cause", "covers-everything", "hands-back", "closing", "thanks", "encourager",
    "interrupts-politely", "boundary-name", "boundary-warn", "boundary-disconnect", "information",
    "asks-patience", "makes-request", "requests-item", "states-purpose", "states-norm", "states-goal", "claims",
    "accepts", "rejects", "repeats-story", "story", "question", "asks-resolution", "wants-to-vent",
    "backchannel", "gives-detail",
)  # fmt: skip
"""What a turn of either side does in the dialogue.  Behaviour only: none of them is an emotion."""

BELIEVED = 0.8  # the small model is at 0.8 to 1.0 on words that are right, on a real call as on clean speech
GARBLED = 0.45  # below this hardly a word in noise was right
RESTING = 0.2  # the intensity of somebody who just talks
VOICE_RAISES = 0.5  # a shouted remark about nothing reaches 0.6: intense, but no more without words for it
VOICE_SOFTENS = 0.3  # anger in a flat voice keeps 70%: cold anger is anger
USUAL_AROUSAL = 0.5  # of `Voice.arousal`
CUE_HOLDS = 0.5  # cues are calibrated: more likely than not
NO_GUESS = {"abuse": 0.6, "churn": 0.6}  # who is at their wits' end snaps at facts, and who speaks of an end may stay
PLAIN = 0.15  # a sentiment nearer to 0 than this is neither good nor bad
SURE = 0.6  # a confidence below this is "not sure"

_NAMES = (
    "idiots?|morons?|imbeciles?|scum|scumbags?|pigs?|cow|bitch|bastards?|cunts?|arseholes?|assholes?|dickheads?|pricks?|"
    "wankers?|twats?|retards?|cretins?|dumbass(es)?|dimwits?|halfwits?|"
    "jackass(es)?|piece of (shit|crap|garbage|trash|filth)"
)
INSULT = re.compile(
    r"\b(you|you're|ya|yer)( (are|all|people|lot|guys|bunch|of|a|an|the|such|just|nothing|but|complete|total|absolute|"
    r"utter|bloody|stupid|useless|pathetic|worthless|damn|dumb|lying|ignorant|fucking|effing|little|fat|lazy|incompetent|"
    rf"rude|fat|silly|arrogant|goddamn|real|right))* ({_NAMES})\b|"
    r"\bare you (just |really |completely |actually |fucking |bloody )?"
    r"(stupid|dumb|thick|retarded|brain ?dead|deaf or (what|something))\b"
)
"""Said to somebody's face.  "I'm such an idiot", "he called me an idiot" and "you are no idiot" are not."""

RUDE_WORDS = re.compile(
    rf"\b({_NAMES}|stupid|useless|pathetic|thick|clown\w*|muppets?|jokers?|liars?|crooks?|thieves|shut (up|your)|"
    r"screw you|fuck\w*|piss|sod off|bloody hell|rubbish at|worthless|incompetent)\b"
)
"""Words of abuse, whoever they are aimed at."""

FURY = re.compile(
    r"\b(i'm|i am|we're|we are|i've never been so|makes me) (\w+ ){0,2}?"
    r"(livid|furious|fuming|outraged|seething|raging|enraged|incensed)\b|"
    r"\b(absolute|complete|utter|total) (outrage|disgrace|scandal|shambles|joke)\b|\bhow dare you\b"
)
SAYS_SO = 0.8  # the intensity of somebody unhappy who says that they are furious

PRAISE = re.compile(
    r"\byou (\w+ ){0,2}(ripper|beauty|legend|star|gem|champ(ion)?|angel|lifesaver|hero|genius|treasure|wizard)s?\b"
)
"""Said to somebody's face and in thanks, however rough."""

TOLD_TO_ME = re.compile(
    r"\b(?<!you )(he|she|they|who|man|woman|bloke|guy|fella|lad|lady|neighbou?r|driver|person|manager|boss) "
    r"(\w+ ){0,6}?(says?|said|tells?|told|shouts?|shouted|screams?|screamed|yells?|yelled|calls?|called|goes|went)"
    r"( (to|at) (me|us|him|her|them)| me| us| her| him)? "
    r"((oh |oi )?(shut|are you|get (out|lost|off|stuffed)|you (stupid|silly|old|fat|dumb|ugly|daft|bloody|little|lazy)|"
    rf"clear off|piss|fuck) .{{0,90}}|((a|an) (\w+ ){{0,2}})?({_NAMES})\b)"
)
"""What somebody else said, who is not on the line: "he said to me shut your mouth"; a dozen words of it at most."""

GREETING = re.compile(r"(oh )?(hello|hi|hey|hiya|(good )?(morning|afternoon|evening))( there)?")
"""Nothing else said: it has no cue yet, whatever the agent said before."""

NOT_YOU = re.compile(
    r"\b(sorry|that's|that was|it's|i mean|meant|talking to|shouting at|was) (\w+ ){0,4}?not (at |to |for )?you\b|"
    r"\bnot you (the|my|sorry|love|mate|pal)\b"
)
"""Said to a dog or a child in the room."""

OWN_BOSS = re.compile(
    r"\bmy (own |line |shift |assistant |deputy |general |store |office |site )?"
    r"(boss|manager|supervisor|team leader|gaffer)\b"
)
BOSS = re.compile(
    r"\b(boss|gaffer|manage(r|ment)?|supervisors?|super visor|superiors?|seniors?|lead(er)?|director|owner|chief|head|"
    r"executive|higher( ups?)?|above|over you|in charge|authority)\b"
)
SOMEBODY = re.compile(r"\b(some ?(one|body)|any(one|body)|whoever|person|human|people|another|else)\b")
WANTED = re.compile(
    r"\b(want|wanna|need|like|put|get|give|fetch|bring|find|let|can|could|may|might|demand|insist|please|now|ask|asking|"
    r"is there|where's|who's|who is|prefer|unless|until|till|wait|waiting|see|send|call|have)\b"
)
PUT_THROUGH = re.compile(
    r"\b((speak|talk|talking|word) (to|with)|(put|pass|connect|hand) (me|us|you)|get me|through to|escal\w*|upstairs|"
    r"who (do you report|signs|can|runs)|who's allowed|decision maker|so who)\b"
)
TOLD_OF = re.compile(
    rf"{BOSS.pattern} (\w+ ){{0,3}}(sorted|helped|told|said|gave|did|was|rang|came|promised|phoned|fixed|made|had)\b"
)
OTHERS_SAID = re.compile(
    r"\b(he|she|they) (was|were|is|are|just|kept|keeps|started|starts|goes|went) "
    r"(going|like|saying|shouting|screaming|yelling|on about|i|i'm)\b.*"
)

Acts = Mapping[str, float]  # act -> probability, calibrated


@dataclass(frozen=True, slots=True)
class Reading:
    """What the words of one customer turn say, by themselves."""

    sentiment: float  # -1..1
    intensity: float  # 0..1
    confidence: float  # 0..1: how likely it is that good, bad or neither (`PLAIN`) is told rightly
    emotions: Mapping[str, float]  # EMOTIONS -> probability
    labels: tuple[str, ...]  # the EMOTIONS it would put on the turn
    distress: Mapping[str, float]  # DISTRESS -> probability
    cues: Mapping[str, float]  # CUES -> probability, calibrated so that 0.5 is "more likely than not"

    @property
    def sure(self) -> bool:
        """Whether the sentiment should be taken for more than a guess."""
        return self.confidence >= SURE


@dataclass(frozen=True, slots=True)
class TurnReading:
    """A customer turn as the model reads it: how it feels and what it does."""

    affect: Reading
    acts: Acts


class TurnReader(Protocol):
    """A loaded text model.  Texts are as a recognizer writes them; `before` is the other side's turn."""

    def read_customer(self, texts: Sequence[str], before: Sequence[str]) -> list[TurnReading]:
        """One reading a text; an empty text reads as neutral with confidence 0."""
        ...

    def read_agent(self, texts: Sequence[str], before: Sequence[str]) -> list[Acts]:
        """What agent turns do.  No emotion: by law and by signature."""
        ...


@dataclass(frozen=True, slots=True)
class Affect:
    """How the customer feels in one turn: words and voice together."""

    sentiment: float  # -1..1
    intensity: float  # 0..1, joined
    confidence: float  # 0..1
    emotions: Mapping[str, float]
    labels: tuple[str, ...]
    distress: Mapping[str, float]
    cues: tuple[str, ...]  # the CUES that hold for this turn, most likely first
    text_intensity: float  # 0..1, the words alone
    voice_intensity: float | None  # 0..1, the voice alone; None where it abstains

    @property
    def sure(self) -> bool:
        """Whether the sentiment should be taken for more than a guess: not where the words were garbled either."""
        return self.confidence >= SURE


def side(sentiment: float) -> int:
    """-1 bad, 0 neither, 1 good."""
    return 0 if abs(sentiment) <= PLAIN else -1 if sentiment < 0 else 1


def join(reading: Reading, voice: Voice | None, words: Utterance) -> Affect:
    """How the customer feels, from what the words say, how the voice sounds and how well the words were heard.

    Pure; the intensity rises with that of the words and with the arousal of the voice.
    """
    belief = _belief(words)
    plain = spoken(words.text)
    said = reading.intensity if reading.sentiment > -0.2 or not FURY.search(plain) else max(reading.intensity, SAYS_SO)
    said = RESTING + belief * (said - RESTING)
    return Affect(
        sentiment=belief * reading.sentiment,
        intensity=said if voice is None else _moved(said, voice.arousal),
        confidence=belief * reading.confidence,
        emotions=_discounted(reading.emotions, belief),
        labels=reading.labels if belief >= CUE_HOLDS else (),
        distress=_discounted(reading.distress, belief),
        cues=_holding(_plainly(reading.cues, plain), belief),
        text_intensity=reading.intensity,
        voice_intensity=None if voice is None else _alone(voice.arousal),
    )


def _plainly(cues: Mapping[str, float], plain: str) -> Mapping[str, float]:
    """The cues, where a few plain words leave no doubt put right by them."""
    if GREETING.fullmatch(plain):
        return dict.fromkeys(cues, 0.0)
    own = TOLD_TO_ME.sub("", plain)
    if INSULT.search(own):
        cues = {**cues, "abuse": 1.0}
    elif PRAISE.search(plain) or NOT_YOU.search(plain) or (own != plain and not RUDE_WORDS.search(own)):
        cues = {**cues, "abuse": 0.0}
    return cues if asks_for_another(plain) else {**cues, "supervisor-request": 0.0}


def asks_for_another(plain: str) -> bool:
    """Whether the words can ask for somebody above, whatever the model makes of them."""
    own = OTHERS_SAID.sub("", OWN_BOSS.sub("", plain))
    if PUT_THROUGH.search(own):
        return True
    if BOSS.search(own):
        own, told = TOLD_OF.subn("", own)
        return bool(BOSS.search(own) and WANTED.search(own)) or not told
    return bool(SOMEBODY.search(own) and WANTED.search(own))


def _belief(words: Utterance) -> float:
    """0..1: how far the words can be trusted to have been said."""
    return min(max((words.confidence - GARBLED) / (BELIEVED - GARBLED), 0.0), 1.0)


def _moved(intensity: float, arousal: float) -> float:
    """The intensity of the words, moved by a voice."""
    above = (arousal - USUAL_AROUSAL) / (1 - USUAL_AROUSAL)  # -1..1
    if above >= 0:
        return intensity + VOICE_RAISES * above * (1 - intensity)
    return intensity + VOICE_SOFTENS * above * intensity


def _alone(arousal: float) -> float:
    """The arousal on the scale of intensities, where the usual voice rests."""
    above = (arousal - USUAL_AROUSAL) / (1 - USUAL_AROUSAL)
    return RESTING + above * ((1 - RESTING) if above >= 0 else RESTING)


def _discounted(probabilities: Mapping[str, float], belief: float) -> dict[str, float]:
    """Every probability as far as it is believed; neutral takes what the others lose."""
    return {
        name: 1 - belief * (1 - value) if name == "neutral" else belief * value for name, value in probabilities.items()
    }


def _holding(cues: Mapping[str, float], belief: float) -> tuple[str, ...]:
    """The cues that hold, most likely first; equals in the order of their names."""
    sure = {name: belief * value for name, value in cues.items()}
    held = {name: value for name, value in sure.items() if value >= NO_GUESS.get(name, CUE_HOLDS)}
    return tuple(sorted(held, key=lambda name: (-held[name], name)))
