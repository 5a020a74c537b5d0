import { expect, test } from "vitest";
import { Turns, urgently } from "./turns.ts";

test("what is urgent goes first, by turns with the rest, also after a failure", async () => {
  const turns = new Turns();
  const begun: string[] = [];
  const work = (name: string) => turns.run(async () => void begun.push(name));
  const first = turns.run(() => Promise.reject(new Error("refused")));
  const others = ["a", "b", "c"].map(work);
  const urgent = ["1", "2"].map((name) => urgently(() => work(name)));
  await expect(first).rejects.toThrow("refused");
  await Promise.all([...others, ...urgent]);
  expect(begun).toEqual(["1", "a", "2", "b", "c"]);
});
