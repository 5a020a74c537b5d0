import { expect, it } from "vitest";
import { createGate } from "./gate.ts";

it("runs two at once, the rest in order, and goes on after a failure", async () => {
  const gate = createGate(2);
  const started: number[] = [];
  const jobs = [0, 1, 2, 3].map(() => Promise.withResolvers<void>());
  const runs = jobs.map((job, index) =>
    gate(() => {
      started.push(index);
      return job.promise;
    }),
  );
  expect(started).toEqual([0, 1]);
  jobs[1]?.reject(new Error("damaged"));
  await expect(runs[1]).rejects.toThrow("damaged");
  expect(started).toEqual([0, 1, 2]);
  jobs[0]?.resolve();
  await runs[0];
  expect(started).toEqual([0, 1, 2, 3]);
  for (const job of jobs) job.resolve();
  await Promise.allSettled(runs);
});
