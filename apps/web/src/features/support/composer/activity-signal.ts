import type { Activity } from "@pult/api/support/schema.ts";

/** The server forgets an activity 30 s after it was last said. */
const RENEW_MS = 10_000;
/** Without a further key for this long nobody types any more. */
const PAUSE_MS = 4_000;

/** Tells the team what this agent does in one conversation: at every change, and again before it is forgotten. */
export class ActivitySignal {
  readonly #tell: (activity: Activity | null) => void;
  #told: Activity | null = null;
  #renew: ReturnType<typeof setTimeout> | undefined;
  #pause: ReturnType<typeof setTimeout> | undefined;
  #isTyping = false;
  #hasDraft = false;
  #isLooking = false;

  constructor(tell: (activity: Activity | null) => void) {
    this.#tell = tell;
  }

  readonly typed = (): void => {
    clearTimeout(this.#pause);
    this.#pause = setTimeout(this.stopped, PAUSE_MS);
    this.#isTyping = true;
    this.#look();
  };

  readonly stopped = (): void => {
    clearTimeout(this.#pause);
    this.#isTyping = false;
    this.#look();
  };

  /** Something has been written or attached that was not sent. */
  setDraft(hasDraft: boolean): void {
    this.#hasDraft = hasDraft;
    this.#look();
  }

  /** Whether the page is in view; a draft is there without anybody looking. */
  setLooking(isLooking: boolean): void {
    this.#isLooking = isLooking;
    this.#look();
  }

  leave(): void {
    clearTimeout(this.#pause);
    this.#isTyping = this.#hasDraft = this.#isLooking = false;
    this.#look();
  }

  #look(): void {
    const activity = this.#activity();
    if (activity !== this.#told) this.#say(activity);
  }

  #activity(): Activity | null {
    if (this.#isTyping && this.#hasDraft) return "typing";
    if (this.#hasDraft) return "drafting";
    return this.#isLooking ? "viewing" : null;
  }

  #say(activity: Activity | null): void {
    clearTimeout(this.#renew);
    this.#told = activity;
    this.#tell(activity);
    if (activity !== null) this.#renew = setTimeout(() => this.#say(this.#told), RENEW_MS);
  }
}
