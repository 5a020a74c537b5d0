/** A request the sandbox refuses in its own name (control API, typed methods), not in Telegram's or Google's. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}
