"""What a song is set in: meter, tempo, key, mood, length, title. Asked values pass unchanged.

Tables and their sources:

- meters: Billboard's first meters (4/4 770, 12/8 32, 3/4 17, 6/8 11 of 826 entries);
  waltz and lullaby by their definition.
- tempi (5 to 95 % of felt beats a minute): Billboard's bar times, median 116, narrowed per
  genre to what drum and dance guides call its usual range.

What style and mood say of tempo, mode and tonic stands in the table of ``styles.traits``. All chance hears the words
of the brief beside its seed, so that one seed gives two prompts two songs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from symbolic_music.analysis.key import find_key_of_chords
from symbolic_music.errors import BriefError, InputError
from symbolic_music.song.brief import MOODS, Brief
from symbolic_music.song.chance import heard_seed, stage_rng, words_heard
from symbolic_music.styles.style import Style, check_fits, load_style, usual_style
from symbolic_music.styles.traits import find_mood, minor_share, tonics_of, trait_table
from symbolic_music.theory.chart import mode_of_numerals, parse_chart
from symbolic_music.theory.chord import Chord
from symbolic_music.theory.instruments import INSTRUMENT_NAMES, INSTRUMENTS
from symbolic_music.theory.key import Key
from symbolic_music.theory.meter import Meter, parse_meter

METER_WEIGHTS = {
    "pop": {"4/4": 96, "6/8": 3, "3/4": 1}, "rock": {"4/4": 97, "6/8": 3}, "folk": {"4/4": 70, "3/4": 15, "6/8": 15},
    "country": {"4/4": 90, "3/4": 10}, "soul": {"4/4": 85, "12/8": 10, "6/8": 5}, "jazz": {"4/4": 95, "3/4": 5},
    "blues": {"4/4": 80, "12/8": 20}, "electronic": {"4/4": 100}, "waltz": {"3/4": 100},
    "lullaby": {"3/4": 40, "6/8": 40, "4/4": 20},
}  # fmt: skip
# Quarters (in 6/8 and 12/8: dotted quarters x 1.5 are quarters) a minute, usual range.
TEMPO_RANGE = {
    "rock": (108, 150), "folk": (84, 120), "country": (92, 136), "soul": (76, 112),
    "jazz": (104, 176), "blues": (72, 120), "electronic": (116, 132), "waltz": (92, 168), "lullaby": (66, 84),
}  # fmt: skip
# Pop holds ballads and dance tunes: POP909's felt tempi (802 songs in 4/4) at 5, 10, 20 ... 90 and 95 %.
POP_QUANTILES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
POP_TEMPI = (69, 73, 80, 90, 104, 114, 120, 126, 132, 140, 146)
LEAST_LIVELY_PLACE = 0.4
COMPOUND_DOTTED_QUARTERS = (54, 84)  # felt beats a minute in 6/8 and 12/8, before the mood
DEFAULT_SECONDS = (135.0, 222.0)  # inside the promised 2 to 4 minutes, with room for whole bars
# POP909's songs last 239 s in the mean: pop and its kin fill the promised time.
LONG_SECONDS = (190.0, 238.0)
LEAST_DEFAULT_BARS = 16  # room for intro, verse, two choruses and outro, also at the slowest tempo
SECONDS_OF_GENRE = {
    "pop": LONG_SECONDS, "soul": LONG_SECONDS, "lullaby": (125.0, 165.0), "folk": (130.0, 200.0),
    "waltz": (130.0, 200.0),
}  # fmt: skip
_STOP_TEXT = (
    "a an the and or of in on at to for with without about please make me my song songs tune track music piece write "
    "create compose generate bars bar minute minutes second seconds bpm tempo key major minor meter some very like "
    "that is it this by from as slow fast long short pop rock folk country soul jazz blues electronic waltz lullaby "
    "i want would let flat sharp no not only just one two four half whole step up down last first every into straight "
    "intro verse chorus pre bridge outro solo break ends ending fade fades fading stop hard cut slows loop swing feel "
    "eighths floor lead leads theme band orchestra orchestral instrumental style styled era eighties seventies sixties "
    "fifties nineties change modulates quarters beat beats duet quartet trio level driving "
    "energetic tense dramatic tender trailer game but something then until where when starts begins goes builds "
    "melody melodies harmony rhythm riff groove beat canon fugue sonata duo round jam vamp solo drone loopable looped "
    "chord dorian phrygian lydian mixolydian aeolian modal atonal adagio andante allegro presto largo lento vivace "
    "moderato pedal fingerpicking fingerpicked fingerstyle strumming picking clapping clap claps vinyl vocals "
    "percussion big string cappella chords changes male female irish celtic builds after before second third "
    "compassos takte mesures compases battute maten"
)
TITLE_STOP_WORDS = frozenset((*_STOP_TEXT.split(), *MOODS))
# A prompt with one of these is in another language, and its words do not make an English title.
_FOREIGN_TEXT = (
    "und mit ohne ein eine der dur moll fröhlich traurig et avec sans une pour majeur mineur seul triste ré con sin "
    "para mayor menor com sem em maior minuto minuti minuten minutos senza maggiore minore voor zonder bez"
)
_FOREIGN = frozenset(_FOREIGN_TEXT.split())
# Sounds that GM numbers among the instruments; in a prompt they are what it is about.
_NOISES = ("seashore", "telephone", "helicopter", "applause", "gunshot", "bottle", "calliope lead", "scat", "soprano")
OVERALL_TEMPO = (30.0, 260.0)


@dataclass(frozen=True)
class Setting:
    """Everything about a song but its form; ``n_bars`` is ``None`` if a given form decides."""

    genre: str
    mood: str
    style: Style
    meter: Meter
    tempo_qpm: float
    key: Key
    n_bars: int | None


def heard_of(brief: Brief) -> str:
    """The words of a brief that its chance hears; empty for a brief that says none."""
    return words_heard(brief.prompt, brief.genre, brief.mood, brief.style)


def brief_rng(brief: Brief, stage: str) -> np.random.Generator:
    """Make the random generator of one stage, so that stages do not disturb each other; it hears the prompt."""
    return stage_rng(heard_seed(brief.seed, heard_of(brief)), stage)


def draw_setting(brief: Brief, form_bars: int | None, has_form: bool) -> Setting:
    """Fill what the brief leaves open.

    Parameters
    ----------
    brief : Brief
        What is asked.
    form_bars : int or None
        Bars of the form asked for, if it states all of its lengths.
    has_form : bool
        Whether a form is asked for at all; its length is then drawn only if asked for.

    Raises
    ------
    BriefError
        If bars, duration, tempo and form contradict each other.
    """
    style = load_style(brief.style) if brief.style else None
    genre, mood = brief.genre or (style.genre if style else "pop"), brief.mood or "neutral"
    meter = _choose_meter(brief, genre, style)
    stated = form_bars if form_bars is not None else brief.n_bars
    if form_bars is not None and brief.n_bars not in (None, form_bars):
        raise BriefError(
            f"the form has {form_bars} bars, but n_bars asks for {brief.n_bars}; make them equal, or leave one open"
        )
    tempo = brief.tempo_qpm
    if tempo is None and stated is not None and brief.duration_sec is not None:
        tempo = _tempo_for(stated, brief.duration_sec, meter)
    if tempo is None:
        tempo = draw_tempo(genre, mood, meter, brief_rng(brief, "tempo"), style)
    if style is None:
        style = usual_style(genre, str(meter), tempo, brief_rng(brief, "style"))
    else:
        _check_style(style, meter)
    n_bars = _length(brief, stated, tempo, meter)
    if has_form and stated is None and brief.tempo_qpm is None and brief.duration_sec is not None:
        # A form of the user's own in whole fours: the tempo is the song's to choose.
        assert n_bars is not None
        n_bars = max(n_bars, 4 * round(n_bars / 4))
        tempo = _tempo_for(n_bars, brief.duration_sec, meter)
    if n_bars is None and not has_form:
        n_bars = _default_bars(genre, tempo, meter, brief_rng(brief, "length"))
    return Setting(genre, mood, style, meter, tempo, _choose_key(brief, style, mood), n_bars)


def draw_tempo(genre: str, mood: str, meter: Meter, rng: np.random.Generator, style: Style | None = None) -> float:
    """Draw a tempo in quarters a minute: a whole number from the style's or genre's range, its upper part if lively."""
    place = rng.random() ** find_mood(mood).tempo ** -6
    if style is not None:
        low, high = style.tempo_qpm
    elif meter.is_compound:
        low, high = (1.5 * felt for felt in COMPOUND_DOTTED_QUARTERS)
    elif genre in TEMPO_RANGE:
        low, high = TEMPO_RANGE[genre]
    else:
        # Glad and excited songs are no ballads.
        least = min(LEAST_LIVELY_PLACE, max(0.0, find_mood(mood).arousal))
        return float(round(np.interp(least + (1 - least) * place, POP_QUANTILES, POP_TEMPI)))
    return float(round(low + (high - low) * place))


def bar_seconds(tempo_qpm: float, meter: Meter) -> float:
    """Length of a bar in seconds."""
    return meter.bar_ticks / 12 * 60 / tempo_qpm


def make_title(brief: Brief, mood: str) -> str:
    """Take the asked title, else the telling words of the prompt, else one from a table."""
    if brief.title:
        return brief.title
    prompt = _players_named().sub(" ", brief.prompt)
    words = [word for word in re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?", prompt) if len(word) > 2]
    # How it is played says nothing about what it is about.
    playing = " ".join((brief.style or "", *(brief.band or ()))).lower().split()
    is_foreign = not _FOREIGN.isdisjoint(brief.prompt.lower().split())
    telling = [] if is_foreign else [word for word in words if _may_title(word, playing)][-3:]
    rng = brief_rng(brief, "title")
    if telling:
        return " ".join(word[0].upper() + word[1:] for word in telling)
    titles = trait_table().titles
    return str(rng.choice(titles.get(mood, titles["neutral"])))


@cache
def _players_named() -> re.Pattern[str]:
    """The names of instruments, the longest first; a telephone and the seashore are more than a sound."""
    names = [name for name, meant in INSTRUMENT_NAMES.items() if INSTRUMENTS[meant].is_drum or name not in _NOISES]
    ordered = sorted(names, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, ordered))})s?(?!\w)", re.I)


def _may_title(word: str, playing: list[str]) -> bool:
    """Whether a word of a prompt may stand in a title: it is about something, neither form (AABA) nor chord."""
    return (
        word.lower() not in {*TITLE_STOP_WORDS, *playing}
        and re.fullmatch("[A-D]{3,}|[A-G]b?(?:m|maj|min)", word) is None
    )


def _choose_meter(brief: Brief, genre: str, style: Style | None) -> Meter:
    """Take the asked meter, else the style's first, else draw one by the genre's table."""
    if brief.meter is not None:
        return brief.meter
    if style is not None:
        return parse_meter(style.meters[0])
    return parse_meter(_weighted(METER_WEIGHTS.get(genre, METER_WEIGHTS["pop"]), brief_rng(brief, "meter")))


def _check_style(style: Style, meter: Meter) -> None:
    """Refuse a style that is not played in the meter; a tempo is played as asked, usual for the style or not."""
    try:
        check_fits(style, str(meter))
    except InputError as failure:
        raise BriefError(f"brief: {failure.message}", failure.hint) from None


def _length(brief: Brief, stated: int | None, tempo: float, meter: Meter) -> int | None:
    """Settle the bars from what is stated and from the duration."""
    if brief.duration_sec is None:
        return stated
    nearest = max(1, round(brief.duration_sec / bar_seconds(tempo, meter)))
    if stated is not None and brief.tempo_qpm is not None and abs(nearest - stated) > 1:
        seconds = stated * bar_seconds(tempo, meter)
        raise BriefError(
            f"{stated} bars of {meter} at tempo {tempo:g} last {seconds:.0f} s, but duration_sec asks for "
            f"{brief.duration_sec:g}; leave bars, tempo or duration open"
        )
    return stated if stated is not None else nearest


def _tempo_for(n_bars: int, duration_sec: float, meter: Meter) -> float:
    """Find the tempo at which the bars last as long as asked."""
    tempo = n_bars * meter.bar_ticks / 12 * 60 / duration_sec
    low, high = OVERALL_TEMPO
    if not low <= tempo <= high:
        raise BriefError(
            f"{n_bars} bars of {meter} in {duration_sec:g} s need tempo {tempo:.0f}; "
            f"a tempo is {low:g} to {high:g} quarters a minute, so change bars or duration"
        )
    return round(tempo, 2)


def _default_bars(genre: str, tempo: float, meter: Meter, rng: np.random.Generator) -> int:
    """Draw a length of 2 to 4 minutes, a multiple of 4 bars where that stays inside."""
    low, high = SECONDS_OF_GENRE.get(genre, DEFAULT_SECONDS)
    bar = bar_seconds(tempo, meter)
    n_bars = max(1, round(rng.uniform(low, high) / bar / 4)) * 4
    while n_bars * bar < 121 or (n_bars < LEAST_DEFAULT_BARS and (n_bars + 1) * bar < 239):
        n_bars += 1
    while n_bars * bar > 239:
        n_bars -= 1
    return n_bars


def _choose_key(brief: Brief, style: Style, mood: str) -> Key:
    """Take the asked key, else one that fits the asked chords, else draw one that the style's players use."""
    if brief.key is not None:
        return brief.key
    rng = brief_rng(brief, "key")
    mode = mode_of_numerals(brief.chords) if brief.chords else None
    if brief.chords and mode is None:
        chords = [chord for bar in parse_chart(brief.chords) for chord in bar.chords if isinstance(chord, Chord)]
        if chords:
            return find_key_of_chords(chords)
    mode = mode or ("minor" if rng.random() < minor_share(style, mood) else "major")
    return Key(_weighted(tonics_of(style, mode), rng), mode)


def _weighted(weights: Mapping[str, float], rng: np.random.Generator) -> str:
    """Draw a name by its weight."""
    values = np.array(list(weights.values()), dtype=float)
    return str(rng.choice(list(weights), p=values / values.sum()))
