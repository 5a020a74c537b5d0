import type { Context } from "../context.ts";
import { pause } from "../pause.ts";
import { BotError, type BotRights } from "./bot.ts";
import type { GroupHealth, GroupProblem, Telegram } from "./telegram.ts";

/** How often the group is looked at. */
const LOOK_MS = 60_000;
/** The same while the bot is kept out of it. */
const LOOK_AGAIN_MS = 5_000;

/** Looks at the group until `signal` aborts, so that health and pages say what is missing. */
export async function watchGroup(
  { log }: Pick<Context, "log">,
  telegram: Telegram,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const found = await lookAtGroup(telegram);
    if (found) noteGroup({ log }, telegram, found);
    await pause(telegram.health.group?.problems.includes("unreachable") ? LOOK_AGAIN_MS : LOOK_MS, signal);
  }
}

/** Keeps what was found, and logs what has changed. */
export function noteGroup({ log }: Pick<Context, "log">, { health }: Telegram, found: GroupHealth): void {
  const before = health.group?.problems ?? [];
  health.group = found;
  if (found.problems.join() === before.join()) return;
  const { problems, reason } = found;
  if (problems.length > 0) log.warn({ problems, reason }, "The support group does not work as it should");
  else log.info({}, "The support group works");
}

/** @returns null without a group, and while Telegram does not answer */
export async function lookAtGroup({ bot, forum }: Pick<Telegram, "bot" | "forum">): Promise<GroupHealth | null> {
  if (!forum) return null;
  try {
    const chatId = await forum.chatId();
    const { isForum } = await bot.getChat(chatId);
    const rights = await bot.getRights(chatId);
    const { readsGroups = null } = await bot.getMe();
    if (rights && (rights.status === "left" || rights.status === "kicked"))
      return { problems: ["unreachable"], reason: `The bot is not in the group (${rights.status})` };
    return { problems: problemsOf({ isForum, rights, readsGroups }), reason: null };
  } catch (error) {
    if (!(error instanceof BotError)) throw error;
    const isRefused = error.failure === "forbidden" || error.failure === "noRight";
    return isRefused ? { problems: ["unreachable"], reason: error.message } : null;
  }
}

/** What the bot lacks; what Telegram does not say counts as there. */
function problemsOf({
  isForum,
  rights,
  readsGroups,
}: {
  isForum: boolean;
  rights: BotRights | null;
  readsGroups: boolean | null;
}): GroupProblem[] {
  const isAdministrator = rights?.status === "administrator" || rights?.status === "creator";
  const lacks = (right: boolean | undefined) => rights !== null && !(isAdministrator && right);
  return [
    ...(isForum ? [] : (["noTopics"] as const)),
    ...(isForum && lacks(rights?.canManageTopics) ? (["noTopicRight"] as const) : []),
    ...(lacks(rights?.canPin) ? (["noPinRight"] as const) : []),
    ...(lacks(rights?.canDelete) ? (["noDeleteRight"] as const) : []),
    // Administrators see every message whatever the privacy mode is.
    ...(rights !== null && !isAdministrator && readsGroups === false ? (["privacy"] as const) : []),
  ];
}
