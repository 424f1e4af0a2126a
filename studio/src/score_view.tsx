// The song from left to right: sections, chords, a roll for every track, the playhead.
import { effect, signal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { muted, player, playing, soloed } from "./player";
import { barAt, CHORDS, drawMoving, drawRest, GAP, heightOf, layLanes, readColours, RULER, secondsAt, tickAt, type Lane, type View } from "./roll";
import * as store from "./store";

const zoom = signal(1); // 1: about 28 pixels a bar of four quarters
const PIXELS_A_QUARTER = 9;
const fits = signal(0);
/** See the whole song. */
export const zoomToFit = () => { fits.value += 1; };
export const zoomBy = (factor: number) => { zoom.value = Math.min(16, Math.max(0.25, zoom.value * factor)); };

export const partOf = (lane: Lane["track"]) => (lane.role === "melody" ? "melody" : lane.name.toLowerCase());
const isSilent = (name: string) => muted.value.has(name) || (soloed.value.size > 0 && !soloed.value.has(name));

export function ScoreView() {
  const notes = store.notes.value!;
  const lanes = useMemo(() => layLanes(notes), [notes]);
  const scroller = useRef<HTMLDivElement>(null);
  const rest = useRef<HTMLCanvasElement>(null);
  const moving = useRef<HTMLCanvasElement>(null);
  const scale = (zoom.value * PIXELS_A_QUARTER) / notes.tpq;
  const height = heightOf(lanes);
  const width = Math.ceil(notes.end_tick * scale);
  const held = useRef({ anchor: 0 });

  useEffect(() => {
    if (fits.value) zoom.value = Math.max(0.1, scroller.current!.clientWidth / (notes.end_tick / notes.tpq * PIXELS_A_QUARTER));
  }, [fits.value]);

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
    const view = scroller.current!, canvas = rest.current!, above = moving.current!;
    const paper = canvas.getContext("2d")!, glass = above.getContext("2d")!;
    let colours = readColours(view), drawn = "", frame = 0, scrolledAt = 0, ours = -1;
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    const recolour = () => { colours = readColours(view); drawn = ""; };
    scheme.addEventListener("change", recolour);
    const onScroll = () => { if (Math.abs(view.scrollLeft - ours) > 2) scrolledAt = performance.now(); };
    view.addEventListener("scroll", onScroll, { passive: true });
    const stopWatching = effect(() => { muted.value; soloed.value; drawn = ""; });

    const tick = () => {
      frame = requestAnimationFrame(tick);
      const seen: View = { scroll: view.scrollLeft, width: view.clientWidth, height, scale };
      const ratio = Math.min(2, devicePixelRatio || 1);
      fit(canvas, seen, ratio);
      fit(above, seen, ratio);
      const now = tickAt(notes, player.position);
      const isPlaying = playing.value;
      if (isPlaying && store.follow.value && performance.now() - scrolledAt > 4000) {
        const x = now * scale - view.scrollLeft;
        if (x < 0 || x > view.clientWidth * 0.85) { view.scrollLeft = now * scale - view.clientWidth * 0.15; ours = view.scrollLeft; seen.scroll = ours; }
      }
      const key = `${seen.scroll},${seen.width},${ratio}`;
      if (key !== drawn) {
        paper.setTransform(ratio, 0, 0, ratio, 0, 0);
        drawRest(paper, notes, lanes, seen, colours, isSilent);
        drawn = key;
      }
      glass.setTransform(ratio, 0, 0, ratio, 0, 0);
      drawMoving(glass, lanes, seen, colours, now, isPlaying, pickedTicks(lanes), isSilent);
    };
    tick();
    return () => {
      cancelAnimationFrame(frame);
      scheme.removeEventListener("change", recolour);
      view.removeEventListener("scroll", onScroll);
      stopWatching();
    };
  }, [notes, lanes, scale]);

  const pointAt = (event: PointerEvent) => {
    const box = rest.current!.getBoundingClientRect();
    const y = event.clientY - box.top;
    const tick = (event.clientX - box.left + scroller.current!.scrollLeft) / scale;
    const lane = lanes.find((each) => y >= each.top && y < each.top + each.height) ?? null;
    return { y, tick: Math.min(notes.end_tick - 1, Math.max(0, tick)), lane };
  };
  const pickTo = (event: PointerEvent) => {
    const bar = barAt(notes, pointAt(event).tick), anchor = held.current.anchor;
    store.select({ from: Math.min(anchor, bar), to: Math.max(anchor, bar), section: null, part: store.selection.value?.part ?? null });
  };
  const down = (event: PointerEvent) => {
    if (event.button !== 0) return;
    const point = pointAt(event);
    if (point.y < RULER) { player.seek(secondsAt(notes, point.tick)); return; }
    if (event.pointerType === "touch") return; // a finger scrolls; a tap selects, see below
    held.current.anchor = event.shiftKey && store.selection.value ? store.selection.value.from : barAt(notes, point.tick);
    (event.currentTarget as Element).setPointerCapture(event.pointerId);
    store.select({ from: held.current.anchor, to: held.current.anchor, section: null, part: point.lane && point.y > RULER + CHORDS ? partOf(point.lane.track) : null });
    pickTo(event);
  };
  const move = (event: PointerEvent) => {
    if (event.buttons & 1 && event.pointerType !== "touch" && (event.currentTarget as Element).hasPointerCapture(event.pointerId)) pickTo(event);
  };
  const tapped = (event: MouseEvent) => {
    const pointer = event as PointerEvent;
    if (pointer.pointerType !== "touch") return;
    const point = pointAt(pointer);
    if (point.y < RULER) return;
    held.current.anchor = store.selection.value && !store.selection.value.section ? store.selection.value.from : barAt(notes, point.tick);
    store.select({ from: held.current.anchor, to: held.current.anchor, section: null, part: point.lane ? partOf(point.lane.track) : null });
    pickTo(pointer);
  };

  return (
    <section class="score" aria-label="The notes">
      <div class="heads" style={{ paddingTop: "58px" }}>
        <div class="lane-label" style={{ height: `${RULER}px` }}>bar</div>
        <div class="lane-label" style={{ height: `${CHORDS}px` }}>chords</div>
        {lanes.map((lane) => <Head key={lane.track.name} lane={lane} />)}
      </div>
      <div class="scroller" ref={scroller} tabIndex={0} role="group" aria-label="Timeline; arrow keys move by bars, shift selects">
        <div class="spacer" style={{ width: `${width}px` }}>
          <Sections width={width} scale={scale} />
          <div class="papers" style={{ height: `${height}px` }} onPointerDown={down} onPointerMove={move} onClick={tapped}>
            <canvas ref={rest} aria-hidden="true" />
            <canvas ref={moving} aria-hidden="true" />
          </div>
        </div>
      </div>
    </section>
  );
}

function fit(canvas: HTMLCanvasElement, view: View, ratio: number): void {
  const width = Math.round(view.width * ratio), height = Math.round(view.height * ratio);
  if (canvas.width === width && canvas.height === height) return;
  canvas.width = width;
  canvas.height = height;
  canvas.style.width = `${view.width}px`;
  canvas.style.height = `${view.height}px`;
}

function pickedTicks(lanes: Lane[]) {
  const picked = store.selection.value, notes = store.notes.value;
  if (!picked || !notes) return null;
  const lane = picked.part ? lanes.find((each) => partOf(each.track) === picked.part) ?? null : null;
  return { from: notes.bars[picked.from]?.tick ?? 0, to: notes.bars[picked.to + 1]?.tick ?? notes.end_tick, lane };
}

function Padlock() {
  return <svg class="padlock" viewBox="0 0 24 24" aria-hidden="true"><path d="M5 10h14v11H5zM8 10V7a4 4 0 0 1 8 0v3h-2V7a2 2 0 0 0-4 0v3z" /></svg>;
}

/** The song's sections as buttons: keys and screen readers reach them too. */
function Sections({ width, scale }: { width: number; scale: number }) {
  const notes = store.notes.value!, about = store.song.value!;
  const picked = store.selection.value;
  let bar = 0;
  const boxes = about.sections.map((section) => {
    const from = bar, to = Math.min(notes.bars.length, bar + section.n_bars) - 1;
    bar += section.n_bars;
    const start = notes.bars[from]?.tick ?? notes.end_tick, end = notes.bars[to + 1]?.tick ?? notes.end_tick;
    return { section, from, to, x: start * scale, width: (end - start) * scale };
  });
  const points = boxes.flatMap(({ section, x, width: wide }) => {
    const y = 46 - section.intensity * 38;
    return [`${x},${y}`, `${x + wide},${y}`];
  });
  return (
    <div class="sections" role="group" aria-label="Sections">
      {boxes.map(({ section, from, to, x, width: wide }) => {
        const isLocked = about.locks.some((lock) => !lock.part && (lock.section ?? section.name) === section.name);
        const isPicked = picked?.section === section.name;
        return (
          <button key={section.name + from} class={`section ${section.kind}`} style={{ left: `${x}px`, width: `${Math.max(2, wide - 2)}px` }}
            aria-pressed={isPicked} title={section.reason}
            aria-label={`${section.name}, bars ${from + 1} to ${to + 1}, intensity ${Math.round(section.intensity * 100)} of 100${isLocked ? ", locked" : ""}`}
            onClick={() => store.select(isPicked ? null : { from, to, section: section.name, part: picked?.part ?? null })}
            onDblClick={() => { player.seek(notes.bars[from].sec); }}>
            <span>{isLocked && <Padlock />}{section.name}</span>
          </button>
        );
      })}
      <svg width={width} height="50" aria-hidden="true"><polyline points={points.join(" ")} /></svg>
    </div>
  );
}

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
        <button class="quiet part" aria-pressed={isPicked} title="Select this part"
          onClick={() => store.select(isPicked ? (picked!.section || !store.isWhole(picked!) ? { ...picked!, part: null } : null) : { from: 0, to: last, section: null, ...picked, part })}>
          {isLocked && <Padlock />}{track.name}
        </button>
        <button class={`tiny ${muted.value.has(track.name) ? "on" : ""}`} aria-pressed={muted.value.has(track.name)} aria-label={`Mute ${track.name}`} title="Mute" onClick={() => flip(muted)}>M</button>
        <button class={`tiny ${soloed.value.has(track.name) ? "on" : ""}`} aria-pressed={soloed.value.has(track.name)} aria-label={`Solo ${track.name}`} title="Solo" onClick={() => flip(soloed)}>S</button>
      </div>
      {track.is_drum && (
        <ol class="kit" style={{ top: "5px", height: `${lane.height - 10}px` }}>
          {lane.rowNames.map((name) => <li key={name}>{name}</li>)}
        </ol>
      )}
    </div>
  );
}
