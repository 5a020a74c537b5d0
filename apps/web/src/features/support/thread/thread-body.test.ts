import { expect, it } from "vitest";
import { othersAround, type PresentAgent } from "./thread-body.tsx";

const agent = (id: string, activity: PresentAgent["activity"]): PresentAgent => ({ id, name: id, activity });

it("leaves the reader out and puts who is about to answer first", () => {
  const agents = [agent("a", "viewing"), agent("b", "drafting"), agent("c", "viewing"), agent("d", "typing")];
  expect(othersAround(agents, "a").map(({ id }) => id)).toEqual(["d", "b", "c"]);
});

it("is empty when the reader is alone", () => {
  expect(othersAround([agent("a", "typing")], "a")).toEqual([]);
});
