import { AsyncLocalStorage } from "node:async_hooks";

const urgent = new AsyncLocalStorage<true>();

/** Has what `work` asks of a database with one connection go before what was asked earlier: someone waits for the acknowledgement. */
export const urgently = <Result>(work: () => Promise<Result>): Promise<Result> => urgent.run(true, work);

type Work<Result> = () => Promise<Result>;

/** Work for one connection, one after another: by turns what is urgent and what is not, so that neither waits for ever. */
export class Turns {
  readonly #urgent: (() => void)[] = [];
  readonly #others: (() => void)[] = [];
  #isTaken = false;
  #wasUrgent = false;

  run<Result>(work: Work<Result>): Promise<Result> {
    const isUrgent = urgent.getStore() === true;
    return new Promise((resolve, reject) => {
      const begin = () => {
        this.#isTaken = true;
        this.#wasUrgent = isUrgent;
        work()
          .then(resolve, reject)
          .finally(() => this.#next());
      };
      if (!this.#isTaken) begin();
      else (isUrgent ? this.#urgent : this.#others).push(begin);
    });
  }

  #next(): void {
    this.#isTaken = false;
    const [first, second] = this.#wasUrgent ? [this.#others, this.#urgent] : [this.#urgent, this.#others];
    (first.shift() ?? second.shift())?.();
  }
}
