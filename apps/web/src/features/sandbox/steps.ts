import type { SandboxUser, World } from "@pult/sandbox/control.ts";
import { findTopicOf, groupLines } from "./group-lines.ts";
import { appUserId } from "./phone-lines.ts";

export const STEPS = ["wrote", "arrived", "replied", "pushed"] as const;
export type Step = (typeof STEPS)[number];

/** How far this customer's message has come, by what really exists. `wroteInApp`: the customer's app has sent something. */
export function reachedSteps(world: World, customer: SandboxUser, wroteInApp: boolean): ReadonlySet<Step> {
  const appId = appUserId(customer);
  const topics = [
    findTopicOf(world, { channel: "app", externalId: appId }),
    findTopicOf(world, { channel: "telegram", externalId: String(customer.id) }),
  ];
  const lines = topics.flatMap((threadId) => (threadId === null ? [] : groupLines(world, threadId)));
  const spoken = lines.filter(({ message }) => !message.service);
  const chat = world.privateChats.find((one) => one.userId === customer.id);
  const wroteInTelegram = chat?.messages.some(({ from, text }) => !from.bot && !text.startsWith("/")) ?? false;
  const hasArrived = spoken.some((line) => line.mark === "viaBot");
  const isTheirs = ({ userId }: { userId: string }) => userId === appId || userId === String(customer.id);
  const devices = new Set(world.devices.filter(isTheirs).map((device) => device.id));
  const reached = new Set<Step>();
  if (wroteInApp || wroteInTelegram || hasArrived) reached.add("wrote");
  if (hasArrived) reached.add("arrived");
  if (spoken.some((line) => line.mark === null || line.mark === "fromDashboard")) reached.add("replied");
  if (world.pushes.some((push) => push.status < 300 && devices.has(push.deviceId))) reached.add("pushed");
  return reached;
}
