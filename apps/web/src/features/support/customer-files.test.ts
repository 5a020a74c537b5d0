import * as schema from "@pult/api/support/schema.ts";
import { describe, expect, it } from "vitest";
import { choosePhotos, MAX_PHOTO_BYTES, MAX_PHOTOS, MAX_TEXT_LENGTH } from "./customer-files.ts";

const file = (name: string, type = "image/jpeg", size = 1000) => ({ name, type, size });

it("has the server's limits", () => {
  expect([MAX_PHOTOS, MAX_PHOTO_BYTES, MAX_TEXT_LENGTH]).toEqual([
    schema.MAX_PHOTOS,
    schema.MAX_PHOTO_BYTES,
    schema.MAX_TEXT_LENGTH,
  ]);
});

describe("choosePhotos", () => {
  it("takes photos, also HEIC without a type, and names what it refuses", () => {
    const files = [
      file("a.jpg"),
      file("b.heic", ""),
      file("c.pdf", "application/pdf"),
      file("d.png", "image/png", 2e7),
    ];
    const { accepted, refused } = choosePhotos(files, 0);
    expect(accepted.map(({ name }) => name)).toEqual(["a.jpg", "b.heic"]);
    expect(refused).toEqual([
      { reason: "type", name: "c.pdf" },
      { reason: "tooLarge", name: "d.png" },
    ]);
  });

  it("takes ten at most, those already chosen included", () => {
    const { accepted, refused } = choosePhotos([file("a.jpg"), file("b.jpg")], 9);
    expect(accepted).toHaveLength(1);
    expect(refused).toEqual([{ reason: "tooMany", name: "b.jpg" }]);
  });
});
