import type { Activity } from "@pult/api/support/schema.ts";

/** The server forgets an activity 30 s after its last report. */
const RENEW_MS = 10_000;
/** Typing ends when no key is pressed for this long. */
const PAUSE_MS = 4_000;

/** Publishes to the team what this agent does in one conversation: at every change, and again before it is forgotten. */
export class ActivitySignal {
  readonly #publish: (activity: Activity | null) => void;
  #published: Activity | null = null;
  #renew: ReturnType<typeof setTimeout> | undefined;
  #pause: ReturnType<typeof setTimeout> | undefined;
  #isTyping = false;
  #hasDraft = false;
  #isLooking = false;

  constructor(publish: (activity: Activity | null) => void) {
    this.#publish = publish;
  }

  readonly typed = (): void => {
    clearTimeout(this.#pause);
    this.#pause = setTimeout(this.stopped, PAUSE_MS);
    this.#isTyping = true;
    this.#update();
  };

  readonly stopped = (): void => {
    clearTimeout(this.#pause);
    this.#isTyping = false;
    this.#update();
  };

  /** Something has been written or attached that was not sent. */
  setDraft(hasDraft: boolean): void {
    this.#hasDraft = hasDraft;
    this.#update();
  }

  /** Whether the page is in view; a draft counts without it. */
  setLooking(isLooking: boolean): void {
    this.#isLooking = isLooking;
    this.#update();
  }

  leave(): void {
    clearTimeout(this.#pause);
    this.#isTyping = this.#hasDraft = this.#isLooking = false;
    this.#update();
  }

  #update(): void {
    const activity = this.#activity();
    if (activity !== this.#published) this.#send(activity);
  }

  #activity(): Activity | null {
    if (this.#isTyping && this.#hasDraft) return "typing";
    if (this.#hasDraft) return "drafting";
    return this.#isLooking ? "viewing" : null;
  }

  #send(activity: Activity | null): void {
    clearTimeout(this.#renew);
    this.#published = activity;
    this.#publish(activity);
    if (activity !== null) this.#renew = setTimeout(() => this.#send(this.#published), RENEW_MS);
  }
}
