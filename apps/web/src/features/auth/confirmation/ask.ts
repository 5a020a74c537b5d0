type Asked = { promise: Promise<boolean>; answer: (has: boolean) => void };

let asked: Asked | null = null;
const listeners = new Set<() => void>();

function change(next: Asked | null): void {
  asked = next;
  for (const listener of listeners) listener();
}

/** Has the agent show once more that it is he. Whoever asks meanwhile gets the same answer. */
export function askForConfirmation(): Promise<boolean> {
  if (asked) return asked.promise;
  const { promise, resolve } = Promise.withResolvers<boolean>();
  change({
    promise,
    answer(has) {
      change(null);
      resolve(has);
    },
  });
  return promise;
}

/** How to answer, while somebody asks. */
export const currentQuestion = (): Asked | null => asked;

export function subscribeQuestion(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
