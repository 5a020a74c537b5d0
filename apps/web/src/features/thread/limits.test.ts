import { describe, expect, it } from "vitest";
import { ANY_FILES, chooseFiles } from "./limits.ts";

const file = (name: string, type = "image/jpeg", size = 1000) => ({ name, type, size });

describe("chooseFiles", () => {
  it("takes photos, also HEIC without a known type, and names what it refuses", () => {
    const files = [
      file("a.jpg"),
      file("b.heic", ""),
      file("e.HEIF", "application/octet-stream"),
      file("f.svg", "image/svg+xml"),
      file("c.pdf", "application/pdf"),
      file("d.png", "image/png", 2e7),
    ];
    const { accepted, refused } = chooseFiles(files, 0);
    expect(accepted.map(({ name }) => name)).toEqual(["a.jpg", "b.heic", "e.HEIF"]);
    expect(refused).toEqual([
      { reason: "type", name: "f.svg" },
      { reason: "type", name: "c.pdf" },
      { reason: "tooLarge", name: "d.png" },
    ]);
  });

  it("takes ten at most, those already chosen included", () => {
    const { accepted, refused } = chooseFiles([file("a.jpg"), file("b.jpg")], 9);
    expect(accepted).toHaveLength(1);
    expect(refused).toEqual([{ reason: "tooMany", name: "b.jpg" }]);
  });

  it("takes any file up to Telegram's limit where any is allowed, but no empty one", () => {
    const files = [file("c.pdf", "application/pdf"), file("e.txt", "text/plain", 0), file("m.mkv", "", 2_097_152_001)];
    const { accepted, refused } = chooseFiles(files, 0, ANY_FILES);
    expect(accepted.map(({ name }) => name)).toEqual(["c.pdf"]);
    expect(refused).toEqual([
      { reason: "empty", name: "e.txt" },
      { reason: "tooLarge", name: "m.mkv" },
    ]);
  });
});
