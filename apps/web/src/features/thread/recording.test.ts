import { expect, it } from "vitest";
import { failureOfRecording, recordingName } from "./recording.ts";

it("says why a browser does not record, and names a file by what it holds", () => {
  const failureOf = (name: string) => failureOfRecording(new DOMException("", name));
  expect(failureOf("NotAllowedError")).toBe("denied");
  expect(failureOf("NotFoundError")).toBe("noMicrophone");
  expect(failureOf("NotSupportedError")).toBe("unsupported");
  expect(failureOfRecording(new Error("x"))).toBe("failed");
  expect(["audio/ogg;codecs=opus", "audio/webm;codecs=opus", "audio/mp4"].map(recordingName)).toEqual([
    "voice.ogg",
    "voice.webm",
    "voice.m4a",
  ]);
});
