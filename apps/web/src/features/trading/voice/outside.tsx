import type { RoomState } from "@pult/api/trading/schema.ts";
import { Headphones } from "lucide-react";
import { useTranslations } from "next-intl";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { Button } from "../../../ui/button.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { useFailureText } from "../../shell/use-failure-text.ts";
import type { ReadVoice } from "./use-voice.ts";

/** The way in, and why the reader is not there any more. */
export function Outside({ voice, now: { session }, room }: ReadVoice & { room: RoomState }) {
  const t = useTranslations("rooms.voice");
  const time = useTimeText();
  const failureText = useFailureText();
  if (!room.me?.isMember) return <p className="text-12 text-muted">{t("joinRoom")}</p>;
  if (session.state === "asked") {
    return (
      <div role="alert" className="flex flex-col gap-2">
        <p>{t("asked", { time: time.moment(session.since) })}</p>
        <div className="flex gap-2">
          <Button variant="primary" onClick={() => void voice.join(true)} className="max-md:h-11">
            {t("continueHere")}
          </Button>
          <Button onClick={voice.stayOut} className="max-md:h-11">
            {t("notNow")}
          </Button>
        </div>
      </div>
    );
  }
  const isTaken = session.state === "ended" && session.reason === "takenOver";
  const isJoining = session.state === "joining";
  return (
    <div className="flex flex-col gap-2">
      {session.state === "ended" ? <p role="status">{t(`endedText.${session.reason}`)}</p> : null}
      {session.state === "failed" ? (
        <p role="alert" className="text-danger">
          {failureText(session.failure)}
        </p>
      ) : null}
      <Button
        size="lg"
        aria-disabled={isJoining}
        aria-busy={isJoining}
        onClick={() => void voice.join(isTaken)}
        className="max-md:h-11"
      >
        <Icon of={Headphones} />
        {t(isJoining ? "joining" : isTaken ? "continueHere" : session.state === "ended" ? "joinAgain" : "join")}
      </Button>
    </div>
  );
}
