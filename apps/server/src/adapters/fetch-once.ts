/**
 * `fetch` that sends a request at most once. Deno's own sends a POST again when the connection is cut before the answer came, and
 * what it repeats may be a message that a customer then reads twice; a stream it cannot repeat. Other runtimes never repeat a POST.
 */
export const fetchOnce: typeof fetch = (input, init) => {
  const { body } = init ?? {};
  if (!("Deno" in globalThis) || typeof body !== "string") return fetch(input, init);
  return fetch(input, { ...init, body: new Blob([body]).stream(), duplex: "half" });
};
