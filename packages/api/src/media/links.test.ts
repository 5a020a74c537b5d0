import { expect, it } from "vitest";
import { TestClock } from "../testing/test-deps.ts";
import { createMediaLinks } from "./links.ts";

const secret = new TextEncoder().encode("secret");
const HOUR_MS = 60 * 60_000;

function linksOf(signed: boolean) {
  const clock = new TestClock();
  const links = createMediaLinks({ secret, signed, now: clock.now });
  const allows = (path: string, key: string) => links.allows(key, new URL(path, "http://x").searchParams);
  return { clock, links, allows };
}

it("createMediaLinks gives a path that is allowed for 12 hours at least and 24 at most", () => {
  const { clock, links, allows } = linksOf(true);
  clock.set("2026-03-10T11:59:59.000Z");
  const path = links.path("a.jpg");
  expect(path).toMatch(/^\/uploads\/a\.jpg\?e=\d+&s=[A-Za-z0-9_-]{22}$/);
  clock.advance(12 * HOUR_MS);
  expect(allows(path, "a.jpg")).toBe(true);
  clock.advance(12 * HOUR_MS);
  expect(allows(path, "a.jpg")).toBe(false);
});

it("createMediaLinks gives the same path for 12 hours, so that browsers can cache", () => {
  const { clock, links } = linksOf(true);
  clock.set("2026-03-10T12:00:00.000Z");
  const path = links.path("a.jpg");
  clock.advance(12 * HOUR_MS - 1_000);
  expect(links.path("a.jpg")).toBe(path);
  clock.advance(1_000);
  expect(links.path("a.jpg")).not.toBe(path);
});

it("createMediaLinks refuses another file's signature, a later expiry, and anything that is none", () => {
  const { links, allows } = linksOf(true);
  const path = links.path("a.jpg");
  expect(allows(path, "a.jpg")).toBe(true);
  expect(allows(path, "b.jpg")).toBe(false);
  expect(
    allows(
      path.replace(/e=(\d+)/, (_, e) => `e=${Number(e) + 1}`),
      "a.jpg",
    ),
  ).toBe(false);
  for (const query of ["", "?e=", "?e=NaN&s=x", "?e=1e99&s=x", "?e=99999999999&s=", `${path.split("&")[0]}`]) {
    expect(allows(`/uploads/a.jpg${query.startsWith("/") ? "" : query}`, "a.jpg")).toBe(false);
  }
});

it("createMediaLinks refuses a signature by another secret", () => {
  const { clock, links } = linksOf(true);
  const other = createMediaLinks({ secret: new TextEncoder().encode("other"), signed: true, now: clock.now });
  expect(links.allows("a.jpg", new URL(other.path("a.jpg"), "http://x").searchParams)).toBe(false);
});

it("createMediaLinks gives bare paths, open to every caller, when links are unsigned", () => {
  const { links, allows } = linksOf(false);
  expect(links.path("a.jpg")).toBe("/uploads/a.jpg");
  expect(allows("/uploads/a.jpg", "a.jpg")).toBe(true);
});
