// Sound: one audio context and one synthesizer for the life of the page; its own sequencer keeps the time.
import { signal } from "@preact/signals";
import { Sequencer, WorkletSynthesizer } from "spessasynth_lib";
import workletUrl from "spessasynth_lib/dist/spessasynth_processor.min.js?url";
import { api, Problem, type Notes } from "./api";
import { channelsOf, toMidi, type Loop } from "./midi";

const START_LIMIT_MS = 20000;
const BANK = "song";
export type SoundState = "off" | "starting" | "ready" | "failed";

export const sound = signal<SoundState>("off");
export const soundProblem = signal("");
export const playing = signal(false);
export const volume = signal(0.8);
export const click = signal(false);
export const muted = signal<ReadonlySet<string>>(new Set());
export const soloed = signal<ReadonlySet<string>>(new Set());

class Player {
  private context?: AudioContext;
  private synth?: WorkletSynthesizer;
  private sequencer?: Sequencer;
  private out?: GainNode;
  analyser?: AnalyserNode;
  private notes: Notes | null = null;
  private songId = "";
  private fontOf = "";
  private bank?: Promise<ArrayBuffer>;
  private bankKey = "";
  private loop: Loop | null = null;
  private restingAt = 0;
  private starting?: Promise<void>;

  /** Show the player what to play; what sounds goes on from where it is. */
  load(songId: string, notes: Notes): void {
    const isOther = songId !== this.songId;
    if (isOther) this.stop();
    this.songId = songId;
    this.notes = notes;
    this.prefetch();
    this.fresh = false;
    if (this.sequencer && !isOther) void this.reload();
  }
  private fresh = false;

  unload(): void { this.stop(); this.notes = null; this.songId = ""; }

  /** Where the music is, in seconds; what is heard is a little behind what is sent to the device. */
  get position(): number {
    if (!this.sequencer || !playing.value) return this.restingAt;
    const late = this.context?.outputLatency || 0;
    return Math.max(0, this.sequencer.currentTime - late);
  }

  async play(): Promise<void> {
    if (!this.notes) return;
    await this.start();
    if (!this.sequencer) return;
    if (this.context?.state !== "running") await this.context?.resume();
    await this.useBank();
    if (!this.fresh) this.send();
    if (this.loop) this.restingAt = Math.max(this.restingAt, this.secondsOf(this.loop.from));
    if (this.restingAt >= this.notes.duration_sec - 0.05) this.restingAt = 0;
    this.sequencer.currentTime = this.restingAt;
    this.sequencer.play();
    playing.value = true;
    mark("playing");
  }

  pause(): void {
    if (!playing.value) return;
    this.restingAt = this.position;
    playing.value = false;
    this.sequencer?.pause();
  }

  stop(): void { this.pause(); this.restingAt = 0; }

  seek(seconds: number): void {
    const limit = this.notes?.duration_sec ?? 0;
    this.restingAt = Math.min(Math.max(0, seconds), limit);
    if (playing.value && this.sequencer) this.sequencer.currentTime = this.restingAt;
  }

  setLoop(loop: Loop | null): void {
    if (loop?.from === this.loop?.from && loop?.to === this.loop?.to) return;
    this.loop = loop;
    void this.reload();
  }

  setClick(on: boolean): void { click.value = on; void this.reload(); }

  setVolume(value: number): void {
    volume.value = value;
    if (this.out) this.out.gain.value = value * value;
  }

  /** Mute and solo, at once and for notes that already sound. */
  applyMutes(): void {
    if (!this.synth || !this.notes) return;
    const channels = channelsOf(this.notes);
    this.notes.tracks.forEach((track, place) => {
      const isSilent = muted.value.has(track.name) || (soloed.value.size > 0 && !soloed.value.has(track.name));
      this.synth!.midiChannels[channels[place]]?.setSystemParameter("gain", isSilent ? 0 : 1);
    });
  }

  private secondsOf(tick: number): number {
    const bars = this.notes?.bars ?? [];
    return bars.find((bar) => bar.tick >= tick)?.sec ?? 0;
  }

  /** Begin to load the players' sounds. */
  private prefetch(): void {
    const key = presetsOf(this.notes);
    if (this.bankKey && covers(this.bankKey, key)) return;
    this.bankKey = key;
    this.bank = api.soundfont(key);
    this.bank.catch(() => { if (this.bankKey === key) this.bankKey = ""; });
  }

  /** Make ready to play inside a click, before there is anything to play. */
  prepare(): void {
    mark("asked");
    void this.start().then(() => this.context?.resume()).catch(() => undefined);
  }

  /** Let one note of a track be heard, as it is dragged. */
  hear(place: number, pitch: number): void {
    if (!this.synth || !this.notes || playing.value) return;
    const channel = channelsOf(this.notes)[place];
    const { program, is_drum } = this.notes.tracks[place];
    if (!is_drum) this.synth.programChange(channel, program);
    this.synth.noteOn(channel, pitch, 90);
    setTimeout(() => this.synth?.noteOff(channel, pitch), 220);
  }

  private start(): Promise<void> {
    this.starting ??= this.open().catch((failure) => {
      this.starting = undefined;
      sound.value = "failed";
      soundProblem.value = failure instanceof Error ? failure.message : String(failure);
      throw failure;
    });
    return this.starting;
  }

  private async open(): Promise<void> {
    sound.value = "starting";
    if (!window.isSecureContext) {
      throw new Problem("Browsers play no sound for an address that is neither https nor this machine.");
    }
    const context = new AudioContext({ latencyHint: "interactive" });
    this.context = context;
    await within(context.audioWorklet.addModule(workletUrl), "The synthesizer did not load.");
    const synth = new WorkletSynthesizer(context);
    this.out = context.createGain();
    this.analyser = context.createAnalyser();
    this.setVolume(volume.value);
    synth.connect(this.out);
    this.out.connect(this.analyser);
    this.analyser.connect(context.destination);
    this.synth = synth;
    await this.useBank();
    await within(synth.isReady, "The synthesizer did not start.");
    this.sequencer = new Sequencer(synth, { skipToFirstNoteOn: false });
    this.sequencer.eventHandler.addEvent("songEnded", "studio", () => {
      if (!playing.value) return;
      playing.value = false;
      this.restingAt = 0;
    });
    sound.value = "ready";
  }

  private async useBank(): Promise<void> {
    if (!this.synth) return;
    if (!this.bankKey || (this.notes && !covers(this.bankKey, presetsOf(this.notes)))) this.prefetch();
    const key = this.bankKey;
    if (key === this.fontOf) return;
    const bank = await this.bank!;
    await within(this.synth.soundBankManager.addSoundBank(bank.slice(0), BANK), "The soundfont did not load.");
    this.fontOf = key;
  }

  /** Bring changed notes to the synthesizer; the music goes on at the same place. */
  private async reload(): Promise<void> {
    this.fresh = false;
    if (!this.sequencer || !playing.value) return;
    await this.useBank();
    let at = this.position;
    if (this.loop) {
      const from = this.secondsOf(this.loop.from), to = this.secondsOf(this.loop.to) || this.notes!.duration_sec;
      if (at < from || at >= to) at = from;
    }
    this.send();
    this.sequencer.currentTime = at;
    this.sequencer.play();
    // A seek right after the exchange is sometimes lost.
    setTimeout(() => {
      if (playing.value && this.sequencer && Math.abs(this.sequencer.currentTime - at) > 1.5) this.sequencer.currentTime = at;
    }, 120);
  }

  private send(): void {
    const sequencer = this.sequencer!;
    sequencer.loadNewSongList([{ binary: toMidi(this.notes!, click.value, this.loop), fileName: "song.mid" }]);
    sequencer.loopCount = this.loop ? Infinity : 0;
    this.fresh = true;
    this.applyMutes();
    mark("heard");
  }
}

/** Which presets notes need: bank and program, drums have bank 128. */
function presetsOf(notes: Notes | null): string {
  const presets = new Set(["0-0", "128-0"]); // also what the metronome needs
  for (const track of notes?.tracks ?? []) presets.add(`${track.is_drum ? 128 : 0}-${track.program}`);
  return [...presets].sort().join();
}

const covers = (all: string, some: string) => some.split(",").every((preset) => all.split(",").includes(preset));

/** When things happened, in milliseconds of the page's clock: what the page waits for can be measured. */
const marks: Record<string, number> = {};
export function mark(what: string): void { marks[what] = performance.now(); }

function within<T>(work: Promise<T>, otherwise: string): Promise<T> {
  return Promise.race([
    work,
    new Promise<T>((_, refuse) => setTimeout(() => refuse(new Problem(otherwise, "Reload the page.")), START_LIMIT_MS)),
  ]);
}

export const player = new Player();
// What a test, or a curious person, may look at.
Object.assign(window, { studioPlayer: player, studioMarks: marks });
