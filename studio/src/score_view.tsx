// The song from left to right: sections, chords, a roll for every track, the playhead.
import { effect, signal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { muted, player, playing, soloed } from "./player";
import {
  barAt, CHORDS, drawLit, drawRest, GAP, heightOf, layLanes, nameOf, noteAt, noteBox, pitchAbove, readColours, RULER, secondsAt,
  soundingAt, stepOf, tickAt, type Colours, type Lane, type View,
} from "./roll";
import type { Notes } from "./api";
import * as store from "./store";

const zoom = signal(1); // 1: about 28 pixels a bar of four quarters
const PIXELS_A_QUARTER = 9;
const fits = signal(0);
const chordField = signal<number | null>(null); // the bar whose chords are being written
const TILE = 1024;
const SLOP = 4; // a hand that moves less only clicks
const SECTIONS = 58;
const AROUND = 330; // what is above and below the rolls
const room = signal(innerHeight);
addEventListener("resize", () => { room.value = innerHeight; });
/** See words and short notes. */
export const zoomAtLeast = (least: number) => { zoom.value = Math.max(zoom.value, least); };
/** See the whole song. */
export const zoomToFit = () => { fits.value += 1; };
export const zoomBy = (factor: number) => { zoom.value = Math.min(16, Math.max(0.25, zoom.value * factor)); };

export const partOf = (lane: Lane["track"]) => (lane.role === "melody" ? "melody" : lane.name.toLowerCase());
const isSilent = (name: string) => muted.value.has(name) || (soloed.value.size > 0 && !soloed.value.has(name));
const canEdit = () => store.busyJob.value === null && store.making.value === null && store.takeShown.value === 0;
/** How often notes were drawn, and how long a frame of playing takes; what a test may look at. */
export const drawn = { tiles: 0, frames: 0, frameMs: [] as number[] };
Object.assign(window, { studioDrawn: drawn });

interface Held { what: "bars" | "note"; anchor: number; x: number; y: number; lane: Lane | null; index: number; isEnd: boolean; hasMoved: boolean }
interface Ghost { lane: Lane; onset: number; duration: number; pitch: number }
const ghost = signal<Ghost | null>(null);

const fitting = (whole: number) => (whole > 0.7 ? Math.min(3, whole) : 1);

export function ScoreView() {
  const notes = store.notes.value!;
  const lanes = useMemo(() => layLanes(notes, Math.min(1.7, Math.max(1, (room.value - AROUND) / heightOf(layLanes(notes))))), [notes, room.value]);
  const scroller = useRef<HTMLDivElement>(null);
  const papers = useRef<HTMLDivElement>(null);
  const tiles = useRef<HTMLDivElement>(null);
  const glass = useRef<HTMLCanvasElement>(null);
  const playhead = useRef<HTMLDivElement>(null);
  const scale = (zoom.value * PIXELS_A_QUARTER) / notes.tpq;
  const height = heightOf(lanes);
  const width = Math.ceil(notes.end_tick * scale);
  const held = useRef<Held | null>(null);

  useEffect(() => {
    if (fits.value) zoom.value = Math.max(0.1, scroller.current!.clientWidth / (notes.end_tick / notes.tpq * PIXELS_A_QUARTER));
  }, [fits.value]);

  // A short song fills the view.
  const isWhole = store.making.value === null;
  useEffect(() => {
    const wide = scroller.current!.clientWidth, quarters = notes.end_tick / notes.tpq;
    zoom.value = isWhole ? fitting(wide / (quarters * PIXELS_A_QUARTER)) : 1;
  }, [store.song.value!.id, isWhole]);

  // The middle of what is seen stays where it is when the zoom changes.
  const before = useRef(scale);
  useEffect(() => {
    const view = scroller.current!;
    if (before.current === scale) return;
    const middle = (view.scrollLeft + view.clientWidth / 2) / before.current;
    view.scrollLeft = middle * scale - view.clientWidth / 2;
    before.current = scale;
  }, [scale]);

  useEffect(() => {
    const view = scroller.current!, canvas = glass.current!, head = playhead.current!;
    const paper = canvas.getContext("2d")!;
    const sheet = new Tiles(tiles.current!, notes, lanes, { scroll: 0, width, height, scale }, readColours(view));
    let lit = "", headX = -1, frame = 0, scrolledAt = 0, ours = -1, seenAt = -1, wide = view.clientWidth, was = -1;
    const recolour = () => { sheet.clear(readColours(view)); lit = "?"; seenAt = -1; };
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    scheme.addEventListener("change", recolour);
    document.addEventListener("themechange", recolour);
    const onScroll = () => { if (Math.abs(view.scrollLeft - ours) > 2) scrolledAt = performance.now(); };
    view.addEventListener("scroll", onScroll, { passive: true });
    const watcher = new ResizeObserver(() => { wide = view.clientWidth; seenAt = -1; });
    watcher.observe(view);
    const stopWatching = effect(() => { muted.value; soloed.value; sheet.clear(); seenAt = -1; });

    const tick = () => {
      frame = requestAnimationFrame(tick);
      const began = performance.now();
      const now = tickAt(notes, player.position);
      const isPlaying = playing.value;
      let scroll = view.scrollLeft;
      const hasMoved = isPlaying ? began - scrolledAt > 4000 : was >= 0 && now !== was;
      was = now;
      if (store.follow.value && hasMoved) {
        const x = now * scale - scroll;
        if (x < 0 || x > wide * 0.85) { view.scrollLeft = now * scale - wide * 0.15; ours = scroll = view.scrollLeft; }
      }
      if (scroll !== seenAt) { sheet.show(scroll, wide); lit = "?"; seenAt = scroll; }
      const x = Math.round(now * scale);
      if (x !== headX) { head.style.transform = `translateX(${x}px)`; headX = x; }
      const sounding = isPlaying ? soundingAt(lanes, now, isSilent) : [];
      const key = sounding.join();
      if (key !== lit) {
        const seen: View = { scroll, width: wide, height, scale };
        const ratio = Math.min(2, devicePixelRatio || 1);
        fit(canvas, wide, height, ratio);
        paper.setTransform(ratio, 0, 0, ratio, 0, 0);
        drawLit(paper, lanes, seen, sheet.colours, sounding);
        lit = key;
      }
      if (isPlaying) {
        drawn.frames += 1;
        drawn.frameMs.push(performance.now() - began);
        if (drawn.frameMs.length > 2000) drawn.frameMs.shift();
      }
    };
    tick();
    return () => {
      cancelAnimationFrame(frame);
      scheme.removeEventListener("change", recolour);
      document.removeEventListener("themechange", recolour);
      view.removeEventListener("scroll", onScroll);
      watcher.disconnect();
      stopWatching();
      sheet.clear();
    };
  }, [notes, lanes, scale]);

  // A note that was picked by a key is brought into view.
  useEffect(() => {
    const view = scroller.current!, at = store.pickedNote.value && store.placeOfNote(notes, store.pickedNote.value);
    if (!at) return;
    const x = notes.tracks[at.track].notes.onset_tick[at.index] * scale;
    if (x < view.scrollLeft || x > view.scrollLeft + view.clientWidth - 30) view.scrollLeft = x - view.clientWidth * 0.3;
  }, [store.pickedNote.value]);

  const pointAt = (event: MouseEvent) => {
    const box = papers.current!.getBoundingClientRect();
    const x = event.clientX - box.left, y = event.clientY - box.top;
    const lane = lanes.find((each) => y >= each.top && y < each.top + each.height) ?? null;
    return { x, y, tick: Math.min(notes.end_tick - 1, Math.max(0, x / scale)), lane };
  };
  const pickTo = (event: MouseEvent, anchor: number) => {
    const bar = barAt(notes, pointAt(event).tick);
    store.select({ from: Math.min(anchor, bar), to: Math.max(anchor, bar), section: null, part: store.selection.value?.part ?? null });
  };
  const down = (event: PointerEvent) => {
    if (event.button !== 0) return;
    const point = pointAt(event);
    if (point.y < RULER) { player.seek(secondsAt(notes, point.tick)); return; }
    if (event.pointerType === "touch") return; // a finger scrolls; a tap selects, see below
    (event.currentTarget as Element).setPointerCapture(event.pointerId);
    const hit = point.lane ? noteAt(point.lane, point.x, point.y, scale) : null;
    if (hit && !event.shiftKey) {
      pick(point.lane!, hit.index);
      held.current = { what: "note", anchor: 0, x: point.x, y: point.y, lane: point.lane, index: hit.index, isEnd: hit.isEnd, hasMoved: false };
      return;
    }
    const anchor = event.shiftKey && store.selection.value ? store.selection.value.from : barAt(notes, point.tick);
    held.current = { what: "bars", anchor, x: point.x, y: point.y, lane: null, index: 0, isEnd: false, hasMoved: false };
    store.select({ from: anchor, to: anchor, section: null, part: point.lane && point.y > RULER + CHORDS ? partOf(point.lane.track) : null });
    pickTo(event, anchor);
  };
  const move = (event: PointerEvent) => {
    const hand = held.current;
    if (!hand || !(event.buttons & 1)) {
      const point = pointAt(event);
      const hit = point.lane ? noteAt(point.lane, point.x, point.y, scale) : null;
      papers.current!.style.cursor = hit && canEdit() ? (hit.isEnd ? "ew-resize" : "grab") : "";
      return;
    }
    if (hand.what === "bars") { pickTo(event, hand.anchor); return; }
    const point = pointAt(event);
    if (!hand.hasMoved && Math.hypot(point.x - hand.x, point.y - hand.y) < SLOP) return;
    if (!canEdit()) return;
    hand.hasMoved = true;
    const { onset_tick, duration_tick, pitch } = hand.lane!.track.notes;
    const grid = event.altKey ? 1 : notes.tpq / 4;
    const by = Math.round((point.x - hand.x) / scale / grid) * grid;
    const next: Ghost = hand.isEnd
      ? { lane: hand.lane!, onset: onset_tick[hand.index], pitch: pitch[hand.index], duration: Math.max(notes.tpq / 8, duration_tick[hand.index] + by) }
      : {
        lane: hand.lane!, duration: duration_tick[hand.index],
        onset: Math.min(notes.end_tick - duration_tick[hand.index], Math.max(0, onset_tick[hand.index] + by)),
        pitch: pitchAbove(hand.lane!, pitch[hand.index], Math.round((hand.y - point.y) / stepOf(hand.lane!))),
      };
    if (ghost.value?.pitch !== next.pitch) player.hear(lanes.indexOf(hand.lane!), next.pitch);
    ghost.value = next;
  };
  const up = () => {
    const hand = held.current, put = ghost.value;
    held.current = null;
    ghost.value = null;
    if (hand?.what !== "note" || !put) return;
    const { onset_tick, duration_tick, pitch } = hand.lane!.track.notes;
    const was = { onset: onset_tick[hand.index], duration: duration_tick[hand.index], pitch: pitch[hand.index] };
    if (was.onset === put.onset && was.duration === put.duration && was.pitch === put.pitch) return;
    void store.correct([{
      track: hand.lane!.track.name, onset_tick: was.onset, pitch: was.pitch, to_onset_tick: put.onset, to_duration_tick: put.duration, to_pitch: put.pitch,
    }]);
  };
  const pick = (lane: Lane, index: number) => {
    store.select(null);
    store.pickedNote.value = { track: lane.track.name, onset: lane.track.notes.onset_tick[index], pitch: lane.track.notes.pitch[index] };
    player.hear(lanes.indexOf(lane), lane.track.notes.pitch[index]);
  };
  const tapped = (event: MouseEvent) => {
    if ((event as PointerEvent).pointerType !== "touch") return;
    const point = pointAt(event);
    if (point.y < RULER) return;
    const hit = point.lane ? noteAt(point.lane, point.x, point.y, scale) : null;
    if (hit) { pick(point.lane!, hit.index); return; }
    const anchor = store.selection.value && !store.selection.value.section ? store.selection.value.from : barAt(notes, point.tick);
    store.select({ from: anchor, to: anchor, section: null, part: point.lane ? partOf(point.lane.track) : null });
    pickTo(event, anchor);
  };
  const twice = (event: MouseEvent) => {
    const point = pointAt(event);
    if (point.y >= RULER && point.y < RULER + CHORDS && canEdit()) chordField.value = barAt(notes, point.tick);
  };

  return (
    <section class="score" aria-label="The notes">
      <div class="heads" style={{ paddingTop: `${SECTIONS}px` }}>
        <div class="lane-label" style={{ height: `${RULER}px` }}>bar</div>
        <div class="lane-label" style={{ height: `${CHORDS}px` }}>chords</div>
        {lanes.map((lane) => <Head key={lane.track.name} lane={lane} />)}
      </div>
      <div class="scroller" ref={scroller} tabIndex={0} role="group" aria-label="Timeline; arrow keys move by bars, shift selects, N picks notes">
        <div class="spacer" style={{ width: `${width}px` }}>
          {store.making.value !== null && <div class="unwritten" style={{ left: `${width}px` }}><span>being written</span></div>}
          <Sections width={width} scale={scale} />
          <div class="papers" ref={papers} style={{ height: `${height}px`, width: `${width}px` }} onPointerDown={down} onPointerMove={move} onPointerUp={up}
            onPointerCancel={() => { held.current = null; ghost.value = null; }} onClick={tapped} onDblClick={twice}>
            <div class="tiles" ref={tiles} aria-hidden="true" />
            <div class="glass"><canvas ref={glass} aria-hidden="true" /></div>
            <Marks lanes={lanes} scale={scale} height={height} />
            <div class="playhead" ref={playhead} style={{ height: `${height}px` }} />
            {chordField.value !== null && <ChordField bar={chordField.value} scale={scale} />}
          </div>
        </div>
      </div>
    </section>
  );
}

/** The resting drawing, in tiles beside each other: each is drawn once, those far from the view are let go. */
class Tiles {
  private readonly there = new Map<number, HTMLCanvasElement>();

  constructor(
    private readonly place: HTMLElement, private readonly notes: Notes, private readonly lanes: Lane[], private readonly whole: View, public colours: Colours,
  ) { place.replaceChildren(); }

  clear(colours?: Colours): void {
    if (colours) this.colours = colours;
    this.there.clear();
    this.place.replaceChildren();
  }

  show(scroll: number, width: number): void {
    const from = Math.max(0, Math.floor(scroll / TILE)), to = Math.floor((Math.min(this.whole.width, scroll + width) - 1) / TILE);
    for (const [at, canvas] of this.there) if (at < from - 2 || at > to + 2) { canvas.remove(); this.there.delete(at); }
    for (let at = from; at <= to; at++) if (!this.there.has(at)) this.draw(at);
  }

  private draw(at: number): void {
    const canvas = document.createElement("canvas");
    const wide = Math.min(TILE, this.whole.width - at * TILE), ratio = Math.min(2, devicePixelRatio || 1);
    fit(canvas, wide, this.whole.height, ratio);
    canvas.style.left = `${at * TILE}px`;
    const paper = canvas.getContext("2d")!;
    paper.setTransform(ratio, 0, 0, ratio, 0, 0);
    drawRest(paper, this.notes, this.lanes, { ...this.whole, scroll: at * TILE, width: wide }, this.colours, isSilent);
    this.place.append(canvas);
    this.there.set(at, canvas);
    drawn.tiles += 1;
  }
}

function fit(canvas: HTMLCanvasElement, wide: number, high: number, ratio: number): void {
  const width = Math.round(wide * ratio), height = Math.round(high * ratio);
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  canvas.style.width = `${wide}px`;
  canvas.style.height = `${high}px`;
}

/** What is selected, the note that is picked, and where it would be put. */
function Marks({ lanes, scale, height }: { lanes: Lane[]; scale: number; height: number }) {
  const notes = store.notes.value!, picked = store.selection.value, note = store.pickedNote.value, put = ghost.value;
  const view: View = { scroll: 0, width: 0, height, scale };
  const box = ([left, top, wide, high]: number[]) => ({ left: `${left}px`, top: `${top}px`, width: `${wide}px`, height: `${high}px` });
  const lane = picked?.part ? lanes.find((each) => partOf(each.track) === picked.part) : undefined;
  const from = picked ? (notes.bars[picked.from]?.tick ?? 0) * scale : 0, to = picked ? (notes.bars[picked.to + 1]?.tick ?? notes.end_tick) * scale : 0;
  const at = note && store.placeOfNote(notes, note);
  return (
    <>
      {picked && <div class="picked" style={box([from, lane?.top ?? RULER, to - from, lane?.height ?? height - RULER])} />}
      {at && <div class="picked-note" style={box(outset(noteBox(lanes[at.track], at.index, view)))} />}
      {put && <div class="ghost" style={box(boxOf(put, view))}><span>{nameOf(put.lane.track, put.pitch)}</span></div>}
    </>
  );
}

const outset = ([x, y, wide, high]: number[]) => [x - 2, y - 2, wide + 4, high + 4];

/** Where a note would be drawn. */
function boxOf({ lane, onset, duration, pitch }: Ghost, view: View): number[] {
  const track = { ...lane.track, notes: { onset_tick: [onset], duration_tick: [duration], pitch: [pitch], velocity: [0] } };
  return noteBox({ ...lane, track }, 0, view);
}

/** The chords of a bar, to be written anew. */
function ChordField({ bar, scale }: { bar: number; scale: number }) {
  const notes = store.notes.value!;
  const start = notes.bars[bar].tick;
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => { field.current!.focus(); field.current!.select(); }, [bar]);
  const done = (event: KeyboardEvent) => {
    event.stopPropagation();
    if (event.key === "Escape") chordField.value = null;
    if (event.key !== "Enter") return;
    const words = field.current!.value.trim();
    chordField.value = null;
    if (words && words !== chordsOf(notes, bar)) void store.edit({ chords: words, bars: `${bar + 1}-${bar + 1}` });
  };
  return (
    <input class="chord-field" ref={field} value={chordsOf(notes, bar)} aria-label={`Chords of bar ${bar + 1}`} spellcheck={false}
      style={{ left: `${start * scale}px`, top: `${RULER - 2}px` }} onKeyDown={done} onBlur={() => { chordField.value = null; }}
      onPointerDown={(event) => event.stopPropagation()} />
  );
}

/** The chords that are said in a bar, or the one that sounds on in it. */
export function chordsOf(notes: Notes, bar: number): string {
  const start = notes.bars[bar]?.tick ?? 0, end = notes.bars[bar + 1]?.tick ?? notes.end_tick;
  const own = notes.chords.filter(({ tick }) => tick >= start && tick < end).map(({ text }) => text);
  return own.length ? own.join(" ") : notes.chords.filter(({ tick }) => tick < start).at(-1)?.text ?? "";
}

export function Padlock() {
  return <svg class="padlock" viewBox="0 0 24 24" aria-hidden="true"><path d="M5 10h14v11H5zM8 10V7a4 4 0 0 1 8 0v3h-2V7a2 2 0 0 0-4 0v3z" /></svg>;
}

/** The song's sections as buttons: keys and screen readers reach them too; dragged, they move. */
function Sections({ width, scale }: { width: number; scale: number }) {
  const notes = store.notes.value!, about = store.song.value!;
  const picked = store.selection.value;
  const dragged = useRef<{ name: string; x: number; hasMoved: boolean } | null>(null);
  const target = useRef<HTMLDivElement>(null);
  const row = useRef<HTMLDivElement>(null);
  let bar = 0;
  const boxes = about.sections.map((section) => {
    const from = bar, to = Math.min(notes.bars.length, bar + section.n_bars) - 1;
    bar += section.n_bars;
    const start = notes.bars[from]?.tick ?? notes.end_tick, end = notes.bars[to + 1]?.tick ?? notes.end_tick;
    return { section, from, to, x: start * scale, width: (end - start) * scale };
  });
  const points = boxes.flatMap(({ section, x, width: wide }) => {
    const y = 25 - section.intensity * 21; // above the names
    return [`${x},${y}`, `${x + wide},${y}`];
  });
  /** The section that a dragged one would come before; the number of sections for the end. */
  const gapAt = (x: number) => {
    const at = boxes.findIndex((box) => x < box.x + box.width / 2);
    return at < 0 ? boxes.length : at;
  };
  const down = (event: PointerEvent, name: string) => {
    if (event.button !== 0 || event.pointerType === "touch" || !canEdit()) return;
    dragged.current = { name, x: event.clientX, hasMoved: false };
    (event.currentTarget as Element).setPointerCapture(event.pointerId);
  };
  const move = (event: PointerEvent) => {
    const hand = dragged.current;
    if (!hand || (!hand.hasMoved && Math.abs(event.clientX - hand.x) < 8)) return;
    hand.hasMoved = true;
    const gap = gapAt(event.clientX - row.current!.getBoundingClientRect().left);
    target.current!.style.display = "block";
    target.current!.style.left = `${(boxes[gap]?.x ?? width) - 2}px`;
    (event.currentTarget as HTMLElement).style.opacity = "0.55";
  };
  const up = (event: PointerEvent) => {
    const hand = dragged.current;
    dragged.current = null;
    target.current!.style.display = "none";
    (event.currentTarget as HTMLElement).style.opacity = "";
    if (!hand?.hasMoved) return;
    event.preventDefault();
    justDragged = performance.now();
    const gap = gapAt(event.clientX - row.current!.getBoundingClientRect().left);
    void store.moveSection(hand.name, gap);
  };
  return (
    <div class="sections" role="group" aria-label="Sections" ref={row}>
      {boxes.map(({ section, from, to, x, width: wide }) => {
        const isLocked = about.locks.some((lock) => !lock.part && (lock.section ?? section.name) === section.name);
        const isPicked = picked?.section === section.name;
        return (
          <button key={section.name + from} class={`section ${section.kind}`} style={{ left: `${x}px`, width: `${Math.max(2, wide - 2)}px` }}
            aria-pressed={isPicked} title={section.reason}
            aria-label={`${section.name}, bars ${from + 1} to ${to + 1}, intensity ${Math.round(section.intensity * 100)} of 100${isLocked ? ", locked" : ""}`}
            onPointerDown={(event) => down(event, section.name)} onPointerMove={move} onPointerUp={up}
            onClick={() => { if (performance.now() - justDragged > 300) store.select(isPicked ? null : { from, to, section: section.name, part: picked?.part ?? null }); }}
            onDblClick={() => { player.seek(notes.bars[from].sec); }}>
            <span>{isLocked && <Padlock />}{section.name}</span>
          </button>
        );
      })}
      <svg width={width} height="50" aria-hidden="true">{store.making.value === null && <polyline points={points.join(" ")} />}</svg>
      <div class="gap" ref={target} />
    </div>
  );
}
let justDragged = 0;

function Head({ lane }: { lane: Lane }) {
  const { track } = lane;
  const part = partOf(track);
  const picked = store.selection.value;
  const isPicked = picked?.part === part;
  const last = store.notes.value!.bars.length - 1;
  const flip = (which: typeof muted) => {
    const next = new Set(which.value);
    if (!next.delete(track.name)) next.add(track.name);
    which.value = next;
  };
  const isLocked = store.song.value!.locks.some((lock) => lock.part === part && !lock.section);
  return (
    <div class={`head ${track.role}`} style={{ height: `${lane.height}px`, marginBottom: `${GAP}px` }}>
      <div class="head-row">
        <button class="quiet part" aria-pressed={isPicked} title={`Select ${track.name}`}
          onClick={() => store.select(isPicked ? (picked!.section || !store.isWhole(picked!) ? { ...picked!, part: null } : null) : { from: 0, to: last, section: null, ...picked, part })}>
          {isLocked && <Padlock />}{track.name}
        </button>
        <button class={`tiny ${muted.value.has(track.name) ? "on" : ""}`} aria-pressed={muted.value.has(track.name)} aria-label={`Mute ${track.name}`} title="Mute" onClick={() => flip(muted)}>M</button>
        <button class={`tiny ${soloed.value.has(track.name) ? "on" : ""}`} aria-pressed={soloed.value.has(track.name)} aria-label={`Solo ${track.name}`} title="Solo" onClick={() => flip(soloed)}>S</button>
      </div>
      {track.is_drum && (
        <ol class="kit" style={{ top: "5px", height: `${lane.height - 10}px` }} aria-hidden="true">
          {lane.rowNames.map((name) => <li key={name}>{name}</li>)}
        </ol>
      )}
    </div>
  );
}
