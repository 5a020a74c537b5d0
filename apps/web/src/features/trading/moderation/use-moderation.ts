import { CircleAlert, Mic, MicOff, UserCheck, UserX } from "lucide-react";
import { useTranslations } from "next-intl";
import { inOrder } from "../../../trpc/in-order.ts";
import { showToast } from "../../../ui/toast-manager.ts";
import { showDone } from "../../shell/undo.ts";
import { useFailureToast } from "../../shell/use-failure-toast.ts";
import type { ReadRoom } from "../room/use-room-store.ts";
import type { TradingApi } from "../room-store.ts";
import { type Named, useTradingText } from "../use-trading-text.ts";

/** Of whom a moderator speaks. */
export type Moderated = Named & { traderId: string };

type Moderation = TradingApi["trading"]["moderation"];

/** What moderators do about a trader, each with the way back where there is one. */
export function useModeration({ port, room: { id: roomId } }: Pick<ReadRoom, "port" | "room">) {
  const t = useTranslations("roomsDesk.moderation");
  const tCommon = useTranslations("common");
  const { trader: nameOf } = useTradingText();
  const failed = useFailureToast();
  const run = (trader: Moderated, call: (moderation: Moderation) => Promise<unknown>): Promise<boolean> =>
    inOrder(`${roomId} ${trader.traderId}`, () => port.withSession(({ trading }) => call(trading.moderation))).then(
      () => true,
      (error) => {
        failed(t("failed", { name: nameOf(trader) }))(error);
        return false;
      },
    );
  const target = ({ traderId }: Moderated) => ({ roomId, traderId });
  const undo = (trader: Moderated, call: (moderation: Moderation) => Promise<unknown>) => ({
    undoLabel: tCommon("undo"),
    undo: () => void run(trader, call),
  });
  const allow = (trader: Moderated) => (moderation: Moderation) =>
    moderation.mute.mutate({ ...target(trader), until: null });
  const readmit = (trader: Moderated) => (moderation: Moderation) => moderation.readmit.mutate(target(trader));
  return {
    async mute(trader: Moderated, minutes: number): Promise<void> {
      const until = new Date(Date.now() + minutes * 60_000).toISOString();
      if (!(await run(trader, ({ mute }) => mute.mutate({ ...target(trader), until })))) return;
      showDone({ icon: MicOff, title: t("mutedDone", { name: nameOf(trader) }), ...undo(trader, allow(trader)) });
    },
    async warn(trader: Moderated, reason: string): Promise<void> {
      if (!(await run(trader, ({ warn }) => warn.mutate({ ...target(trader), reason })))) return;
      showToast({ icon: CircleAlert, title: t("warnedDone", { name: nameOf(trader) }) });
    },
    async remove(trader: Moderated, reason: string | null): Promise<void> {
      if (!(await run(trader, ({ remove }) => remove.mutate({ ...target(trader), reason })))) return;
      showDone({ icon: UserX, title: t("removedDone", { name: nameOf(trader) }), ...undo(trader, readmit(trader)) });
    },
    async setSpeaker(trader: Moderated, isSpeaker: boolean): Promise<void> {
      if (!(await run(trader, ({ setSpeaker }) => setSpeaker.mutate({ ...target(trader), isSpeaker })))) return;
      const title = t(isSpeaker ? "speakerDone" : "silencedDone", { name: nameOf(trader) });
      showToast({ icon: isSpeaker ? Mic : MicOff, title });
    },
    async allow(trader: Moderated): Promise<void> {
      if (!(await run(trader, allow(trader)))) return;
      showToast({ icon: UserCheck, title: t("allowedDone", { name: nameOf(trader) }) });
    },
    async readmit(trader: Moderated): Promise<void> {
      if (!(await run(trader, readmit(trader)))) return;
      showToast({ icon: UserCheck, title: t("readmittedDone", { name: nameOf(trader) }) });
    },
  };
}
