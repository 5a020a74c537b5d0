import { expect, it } from "vitest";
import { checkFiles, MAX_PHOTOS } from "./check-files.ts";

const file = (name: string, type = "image/png", size = 10) => ({ name, type, size });

it("takes photos, HEIC also when the system does not know it", () => {
  const { accepted, refused } = checkFiles([file("a.png"), file("b.HEIC", "")], 0);
  expect(accepted).toHaveLength(2);
  expect(refused).toEqual([]);
});

it("says of each refused file why", () => {
  const files = [
    file("a.pdf", "application/pdf"),
    file("b.svg", "image/svg+xml"),
    file("c.png", "image/png", 11 * 1024 * 1024),
  ];
  expect(checkFiles(files, 0).refused.map(({ reason }) => reason)).toEqual(["type", "type", "tooLarge"]);
});

it("stops at ten, counting those already there", () => {
  const { accepted, refused } = checkFiles([file("a.png"), file("b.png")], MAX_PHOTOS - 1);
  expect(accepted.map(({ name }) => name)).toEqual(["a.png"]);
  expect(refused).toEqual([{ reason: "tooMany", name: "b.png" }]);
});
