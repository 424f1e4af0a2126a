// Piano rolls on canvas: what rests is drawn once, in tiles; notes that sound are lit on a layer above them.
import type { Notes, TrackNotes } from "./api";

export const RULER = 20, CHORDS = 22, GAP = 8, PAD = 5;
const LYRICS = 18;

const DRUM_NAMES: Record<number, string> = {
  35: "kick", 36: "kick", 37: "side stick", 38: "snare", 39: "clap", 40: "snare", 41: "floor tom", 42: "closed hat", 43: "floor tom",
  44: "pedal hat", 45: "low tom", 46: "open hat", 47: "mid tom", 48: "high tom", 49: "crash", 50: "high tom", 51: "ride", 52: "china",
  53: "ride bell", 54: "tambourine", 55: "splash", 56: "cowbell", 57: "crash", 59: "ride", 60: "high bongo", 61: "low bongo",
  62: "mute conga", 63: "open conga", 64: "low conga", 69: "cabasa", 70: "maracas", 75: "claves", 76: "wood block", 77: "wood block",
  80: "triangle", 81: "triangle", 82: "shaker",
};

export interface Lane {
  track: TrackNotes; top: number; height: number; low: number; high: number;
  rows: Map<number, number>; rowNames: string[]; // drums: pitch to row
  longest: number; lyrics: boolean;
}

/** Lay the tracks out below each other. */
export function layLanes(notes: Notes, grow = 1): Lane[] {
  let top = RULER + CHORDS;
  return notes.tracks.map((track) => {
    const pitches = track.notes.pitch;
    const low = pitches.length ? Math.min(...new Set(pitches)) : 60, high = pitches.length ? Math.max(...new Set(pitches)) : 72;
    const lane: Lane = { track, top, height: 0, low, high, rows: new Map(), rowNames: [], longest: 0, lyrics: false };
    for (const length of track.notes.duration_tick) if (length > lane.longest) lane.longest = length;
    if (track.is_drum) {
      for (const pitch of [...new Set(pitches)].sort((a, b) => b - a)) {
        const name = DRUM_NAMES[pitch] ?? `drum ${pitch}`;
        if (!lane.rowNames.includes(name)) lane.rowNames.push(name);
        lane.rows.set(pitch, lane.rowNames.indexOf(name));
      }
      lane.height = Math.round(Math.max(66, lane.rowNames.length * 12 * Math.min(grow, 1.3) + 2 * PAD));
    } else {
      lane.lyrics = track.role === "melody";
      lane.height = Math.round(grow * Math.max(52, Math.min(110, (high - low + 1) * 3 + 2 * PAD))) + (lane.lyrics ? LYRICS : 0);
    }
    top += lane.height + GAP;
    return lane;
  });
}

export const heightOf = (lanes: Lane[]) => (lanes.length ? lanes[lanes.length - 1].top + lanes[lanes.length - 1].height + GAP : RULER + CHORDS);

export interface View { scroll: number; width: number; height: number; scale: number } // scale: pixels a tick
export interface Colours { ink: string; faint: string; line: string; lane: string; roles: Record<string, string> }

export function readColours(element: Element): Colours {
  const style = getComputedStyle(element);
  const get = (name: string) => style.getPropertyValue(name).trim();
  const roles: Record<string, string> = {};
  for (const role of ["melody", "drums", "bass", "chords", "pad", "line"]) roles[role] = get(role === "line" ? "--line-part" : `--${role}`);
  return { ink: get("--ink"), faint: get("--faint"), line: get("--line"), lane: get("--lane"), roles };
}

const colourOf = (lane: Lane, colours: Colours) => colours.roles[lane.track.role] || colours.roles.chords;

export function noteBox(lane: Lane, index: number, view: View): [number, number, number, number] {
  const { onset_tick, duration_tick, pitch } = lane.track.notes;
  const x = onset_tick[index] * view.scale - view.scroll;
  const inner = lane.height - 2 * PAD - (lane.lyrics ? LYRICS : 0);
  if (lane.track.is_drum) {
    const step = inner / Math.max(1, lane.rowNames.length);
    return [x, lane.top + PAD + lane.rows.get(pitch[index])! * step + 1, Math.max(2, Math.min(7, duration_tick[index] * view.scale - 1)), Math.max(3, step - 3)];
  }
  const step = inner / (lane.high - lane.low + 1);
  return [x, lane.top + PAD + (lane.high - pitch[index]) * step, Math.max(2, duration_tick[index] * view.scale - 1), Math.max(2.5, step - 0.5)];
}

/** The first note that can be seen from a tick on. */
export function firstSeen(lane: Lane, tick: number): number {
  const onsets = lane.track.notes.onset_tick;
  let low = 0, high = onsets.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (onsets[middle] < tick - lane.longest) low = middle + 1; else high = middle;
  }
  return low;
}

export function drawRest(paper: CanvasRenderingContext2D, notes: Notes, lanes: Lane[], view: View, colours: Colours, silent: (name: string) => boolean): void {
  paper.clearRect(0, 0, view.width, view.height);
  const from = view.scroll / view.scale, to = (view.scroll + view.width) / view.scale;
  for (const lane of lanes) {
    paper.fillStyle = colours.lane;
    paper.fillRect(0, lane.top, view.width, lane.height);
  }
  drawGrid(paper, notes, view, colours, from, to);
  drawChords(paper, notes, view, colours, from, to);
  for (const lane of lanes) {
    paper.globalAlpha = silent(lane.track.name) ? 0.25 : 1;
    drawNotes(paper, lane, view, colourOf(lane, colours), from, to);
    if (lane.lyrics) drawLyrics(paper, notes, lane, view, colours, from, to);
  }
  paper.globalAlpha = 1;
}

function drawGrid(paper: CanvasRenderingContext2D, notes: Notes, view: View, colours: Colours, from: number, to: number): void {
  const barWidth = notes.bars.length > 1 ? notes.bars[1].tick * view.scale : 100;
  const every = [1, 2, 4, 8, 16].find((step) => step * barWidth >= 34) ?? 32;
  paper.font = "11px system-ui, sans-serif";
  paper.textBaseline = "middle";
  notes.bars.forEach((bar, place) => {
    const end = notes.bars[place + 1]?.tick ?? notes.end_tick;
    if (end < from || bar.tick > to) return;
    const x = Math.round(bar.tick * view.scale - view.scroll);
    paper.fillStyle = colours.line;
    if (barWidth > 7 || place % every === 0) paper.fillRect(x, RULER, 1, view.height - RULER);
    if (place % every === 0) {
      paper.fillStyle = colours.faint;
      paper.fillText(String(place + 1), x + 4, RULER / 2 + 1);
    }
    if (barWidth > 120) {
      const beats = Number(bar.meter.split("/")[0]);
      paper.fillStyle = colours.line;
      paper.globalAlpha = 0.45;
      for (let beat = 1; beat < beats; beat++) paper.fillRect(Math.round(x + ((end - bar.tick) * view.scale * beat) / beats), RULER + CHORDS, 1, view.height);
      paper.globalAlpha = 1;
    }
  });
}

function drawChords(paper: CanvasRenderingContext2D, notes: Notes, view: View, colours: Colours, from: number, to: number): void {
  paper.font = "600 12px system-ui, sans-serif";
  paper.fillStyle = colours.ink;
  let free = -1e9;
  notes.chords.forEach((chord, place) => {
    const end = notes.chords[place + 1]?.tick ?? notes.end_tick;
    if (end < from || chord.tick > to) return;
    const x = chord.tick * view.scale - view.scroll + 4;
    if (x < free) return;
    const shown = chord.text.replace(/([A-G])b/g, "$1♭").replace(/#/g, "♯");
    paper.fillText(shown, x, RULER + CHORDS / 2);
    free = x + paper.measureText(shown).width + 5;
  });
}

function drawNotes(paper: CanvasRenderingContext2D, lane: Lane, view: View, colour: string, from: number, to: number): void {
  const onsets = lane.track.notes.onset_tick;
  paper.fillStyle = colour;
  paper.beginPath();
  for (let index = firstSeen(lane, from); index < onsets.length && onsets[index] <= to; index++) paper.rect(...noteBox(lane, index, view));
  paper.fill();
}

/** Syllables on their notes; where there is no room for that, each line of words from its first note on. */
function drawLyrics(paper: CanvasRenderingContext2D, notes: Notes, lane: Lane, view: View, colours: Colours, from: number, to: number): void {
  paper.font = "12px system-ui, sans-serif";
  paper.fillStyle = colours.ink;
  const y = lane.top + lane.height - LYRICS / 2;
  const xOf = (tick: number) => tick * view.scale - view.scroll;
  const lines = sungLines(notes);
  lines.forEach((line, place) => {
    const room = xOf(lines[place + 1]?.[0].tick ?? notes.end_tick);
    if (line[0].tick > to || room < 0 || lines[place + 1]?.[0].tick < from) return;
    const fits = line.every((one, at) => at + 1 === line.length || xOf(one.tick) + paper.measureText(one.text).width + 2 <= xOf(line[at + 1].tick));
    if (fits) { for (const one of line) paper.fillText(one.text, xOf(one.tick), y); return; }
    const words = line.map((one) => one.text + (one.goes_on ? "" : " ")).join("").trim().split(" ");
    let text = words.join(" ");
    const left = xOf(line[0].tick), wide = (shown: string) => left + paper.measureText(shown).width + 4;
    while (words.length > 1 && wide(text) > room) { words.pop(); text = `${words.join(" ")} …`; }
    if (wide(text) <= room) paper.fillText(text, left, y);
  });
}

/** The words in lines: one ends where nobody sings for a beat and a half, or after two bars. */
function sungLines(notes: Notes): Notes["lyrics"][] {
  const lines: Notes["lyrics"][] = [];
  for (const one of notes.lyrics) {
    const line = lines.at(-1), last = line?.at(-1);
    if (!line || !last || one.tick - last.tick > 1.5 * notes.tpq || (!last.goes_on && one.tick - line[0].tick > 8 * notes.tpq)) lines.push([one]);
    else line.push(one);
  }
  return lines;
}

/** The notes that sound at a tick, as numbers: lane and place. */
export function soundingAt(lanes: Lane[], tick: number, silent: (name: string) => boolean): number[] {
  const found: number[] = [];
  lanes.forEach((lane, at) => {
    if (silent(lane.track.name)) return;
    const { onset_tick, duration_tick } = lane.track.notes;
    for (let index = firstSeen(lane, tick); index < onset_tick.length && onset_tick[index] <= tick; index++) {
      const lasts = lane.track.is_drum ? Math.max(duration_tick[index], 100) : duration_tick[index];
      if (onset_tick[index] + lasts > tick) found.push(at * NOTES_A_LANE + index);
    }
  });
  return found;
}

const NOTES_A_LANE = 1_000_000;

export function drawLit(paper: CanvasRenderingContext2D, lanes: Lane[], view: View, colours: Colours, lit: number[]): void {
  paper.clearRect(0, 0, view.width, view.height);
  paper.fillStyle = colours.ink;
  for (const each of lit) paper.fillRect(...noteBox(lanes[Math.floor(each / NOTES_A_LANE)], each % NOTES_A_LANE, view));
}

/** The note at a place on the paper, the one drawn last, and whether the place is its end. */
export function noteAt(lane: Lane, x: number, y: number, scale: number): { index: number; isEnd: boolean } | null {
  const view: View = { scroll: 0, width: 0, height: 0, scale };
  const onsets = lane.track.notes.onset_tick;
  let found: { index: number; isEnd: boolean } | null = null;
  for (let index = firstSeen(lane, x / scale); index < onsets.length && onsets[index] * scale <= x + 3; index++) {
    const [left, top, width, height] = noteBox(lane, index, view);
    if (x < left - 2 || x > left + width + 3 || y < top - 2 || y > top + height + 2) continue;
    found = { index, isEnd: width > 14 && x > left + width - 6 && !lane.track.is_drum };
  }
  return found;
}

/** How many pixels a step of pitch is high, or a drum's row. */
export function stepOf(lane: Lane): number {
  const inner = lane.height - 2 * PAD - (lane.lyrics ? LYRICS : 0);
  return inner / (lane.track.is_drum ? Math.max(1, lane.rowNames.length) : lane.high - lane.low + 1);
}

/** The pitch so many steps above a note; a drum's rows are steps. */
export function pitchAbove(lane: Lane, pitch: number, steps: number): number {
  if (!lane.track.is_drum) return Math.min(127, Math.max(0, pitch + steps));
  const row = Math.min(lane.rowNames.length - 1, Math.max(0, lane.rows.get(pitch)! - steps));
  return row === lane.rows.get(pitch) ? pitch : [...lane.rows].find(([, at]) => at === row)?.[0] ?? pitch;
}

const NAMES = ["C", "D♭", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B"];
export const nameOf = (track: TrackNotes, pitch: number) =>
  (track.is_drum ? DRUM_NAMES[pitch] ?? `drum ${pitch}` : `${NAMES[pitch % 12]}${Math.floor(pitch / 12) - 1}`);

/** Seconds to ticks and back, by the bars (tempo changes lie on bar lines, or nearly). */
export function tickAt(notes: Notes, seconds: number): number {
  const bars = notes.bars;
  const place = lastAtMost(bars.length, (index) => bars[index].sec <= seconds);
  const next = bars[place + 1] ?? { tick: notes.end_tick, sec: notes.duration_sec };
  const share = next.sec > bars[place].sec ? (seconds - bars[place].sec) / (next.sec - bars[place].sec) : 0;
  return bars[place].tick + share * (next.tick - bars[place].tick);
}

export function secondsAt(notes: Notes, tick: number): number {
  const bars = notes.bars;
  const place = barAt(notes, tick);
  const next = bars[place + 1] ?? { tick: notes.end_tick, sec: notes.duration_sec };
  return bars[place].sec + ((tick - bars[place].tick) / Math.max(1, next.tick - bars[place].tick)) * (next.sec - bars[place].sec);
}

export const barAt = (notes: Notes, tick: number) => lastAtMost(notes.bars.length, (index) => notes.bars[index].tick <= tick);

function lastAtMost(count: number, holds: (index: number) => boolean): number {
  let low = 0, high = count - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (holds(middle)) low = middle; else high = middle - 1;
  }
  return Math.max(0, low);
}
