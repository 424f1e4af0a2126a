// The keyboard. Every key has a button too; letters that are typed into fields stay letters.
import { toggle } from "./app";
import { click, player } from "./player";
import { secondsAt, barAt, tickAt } from "./roll";
import { zoomBy } from "./score_view";
import * as store from "./store";

export function keysOf(event: KeyboardEvent): void {
  const target = event.target as HTMLElement;
  const isTyping = /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) && !["range", "checkbox"].includes((target as HTMLInputElement).type);
  if (isTyping || !store.song.value) {
    if (event.key === "Escape") target.blur();
    return;
  }
  const isCommand = event.ctrlKey || event.metaKey;
  const done = isCommand ? withCommand(event) : event.altKey ? false : plain(event, target);
  if (done) event.preventDefault();
}

function withCommand(event: KeyboardEvent): boolean {
  const key = event.key.toLowerCase();
  if (key === "z") { void store.step(event.shiftKey ? "redo" : "undo"); return true; }
  if (key === "y") { void store.step("redo"); return true; }
  return false;
}

function plain(event: KeyboardEvent, target: HTMLElement): boolean {
  const isControl = target.tagName === "BUTTON" || target.tagName === "A" || target.tagName === "INPUT";
  switch (event.key) {
    case " ": if (isControl && !target.closest(".transport, .sections")) return false; void toggle(); return true;
    case "ArrowLeft": case "ArrowRight":
      if (target.tagName === "INPUT") return false;
      moveBars(event.key === "ArrowRight" ? 1 : -1, event.shiftKey);
      return true;
    case "Home": player.seek(0); return true;
    case "Escape": store.select(null); return true;
    case "+": case "=": zoomBy(1.4); return true;
    case "-": zoomBy(1 / 1.4); return true;
    case "l": store.setLooping(!store.looping.value); return true;
    case "c": player.setClick(!click.value); return true;
    case "f": store.follow.value = !store.follow.value; return true;
    case "/": document.getElementById("prompt")?.focus(); return true;
  }
  if (/^[0-9]$/.test(event.key) && store.takes.value.length) { void store.attempt(() => store.showTake(Number(event.key))); return true; }
  return false;
}

/** A bar back or on; with shift the selection grows. */
function moveBars(by: number, grows: boolean): void {
  const notes = store.notes.value;
  if (!notes) return;
  const last = notes.bars.length - 1;
  if (grows) {
    const here = barAt(notes, tickAt(notes, player.position));
    const picked = store.selection.value ?? { from: here, to: here, section: null, part: null };
    store.select({ ...picked, to: Math.min(last, Math.max(picked.from, picked.to + by)), section: null });
    return;
  }
  const tick = tickAt(notes, player.position);
  let bar = barAt(notes, tick + 1);
  if (by > 0) bar += 1;
  else if (tick - notes.bars[bar].tick < notes.tpq) bar -= 1;
  player.seek(secondsAt(notes, notes.bars[Math.min(last, Math.max(0, bar))].tick));
}
