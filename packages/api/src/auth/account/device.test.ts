import { expect, it } from "vitest";
import { deviceOf } from "./device.ts";

const chrome = (system: string, more = "Safari/537.36") =>
  `Mozilla/5.0 (${system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 ${more}`;
const webkit = (system: string, more: string) =>
  `Mozilla/5.0 (${system}) AppleWebKit/605.1.15 (KHTML, like Gecko) ${more} Safari/605.1.15`;
const WINDOWS = "Windows NT 10.0; Win64; x64";
const IPHONE = "iPhone; CPU iPhone OS 26_0 like Mac OS X";

it.each([
  [chrome(WINDOWS), "Chrome on Windows"],
  [chrome(WINDOWS, "Safari/537.36 Edg/141.0.0.0"), "Edge on Windows"],
  [chrome("X11; Linux x86_64", "Safari/537.36 OPR/120.0.0.0"), "Opera on Linux"],
  [chrome("Windows NT 10.0", "YaBrowser/25.8.0 Safari/537.36"), "Yandex Browser on Windows"],
  [chrome("Linux; Android 15; SM-S921B", "SamsungBrowser/28.0 Mobile Safari/537.36"), "Samsung Internet on Android"],
  [chrome("X11; CrOS x86_64 14541.0.0"), "Chrome on ChromeOS"],
  ["Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0", "Firefox on Linux"],
  [webkit("Macintosh; Intel Mac OS X 10_15_7", "Version/26.0"), "Safari on macOS"],
  [webkit(IPHONE, "Version/26.0 Mobile/15E148"), "Safari on iPhone"],
  [webkit(IPHONE, "CriOS/141.0 Mobile/15E148"), "Chrome on iPhone"],
  [webkit("iPad; CPU OS 26_0 like Mac OS X", "FxiOS/144.0 Mobile/15E148"), "Firefox on iPad"],
  [`Mozilla/5.0 (${WINDOWS})`, "Windows"],
  ["curl/8.11.0", "curl"],
  ["node", "Node.js"],
  ["Deno/2.5.6", "Deno"],
  ["", ""],
  ["\u0000<script>", ""],
])("deviceOf(%j) is %j", (userAgent, device) => {
  expect(deviceOf(userAgent)).toBe(device);
});
