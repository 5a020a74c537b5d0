import { CircleAlert, Hand, type LucideIcon, Mic, Volume2, WifiOff } from "lucide-react";
import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { Button } from "../../../ui/button.tsx";
import { cx } from "../../../ui/cx.ts";
import { Icon } from "../../../ui/icon.tsx";
import { useFailureText } from "../../shell/use-failure-text.ts";
import type { SpeechProblem } from "./speech.ts";
import type { ReadVoice } from "./use-voice.ts";
import type { VoiceSnapshot } from "./voice-snapshot.ts";

/** Where the reader allows the microphone. */
export type Place = "browser" | "telegram";

type NoteProps = { icon?: LucideIcon; tone?: "muted" | "warning"; children: ReactNode; action?: ReactNode };

function Note({ icon, tone = "muted", children, action }: NoteProps) {
  return (
    <div className={cx("flex items-start gap-2 text-12", tone === "warning" ? "text-warning" : "text-muted")}>
      {icon ? <Icon of={icon} size={14} className="mt-px" /> : null}
      <p className="min-w-0 flex-1">{children}</p>
      {action}
    </div>
  );
}

/** What this browser and this server cannot do; null when they can. */
function useLack({ audio, speech }: VoiceSnapshot): string | null {
  const t = useTranslations("rooms.voice.note");
  if (audio === "none") return t(speech ? "noAudio" : "noAudioNoSpeech");
  return speech ? null : t("noSpeech");
}

function useProblemText(place: Place) {
  const t = useTranslations("rooms.voice.problem");
  return (problem: SpeechProblem) => t(problem === "refused" && place === "telegram" ? "refusedTelegram" : problem);
}

type NotesProps = ReadVoice & {
  place: Place;
  /** Only what does not work now. */
  isBrief: boolean;
  hasRaisedHand: boolean;
};

/** How the audio and the microphone stand, as far as there is something to say. */
export function Notes({ voice, now, place, isBrief, hasRaisedHand }: NotesProps) {
  const t = useTranslations("rooms.voice.note");
  const failureText = useFailureText();
  const problemText = useProblemText(place);
  const lack = useLack(now);
  const { session, audio, isBlocked, mic, speech, handFailure } = now;
  const isSpeaker = session.state === "in" && session.maySpeak;
  const maySpeak = isSpeaker && audio === "connected";
  const isHeard = maySpeak && mic.isOn;
  const isCut = isSpeaker && audio === "reconnecting";
  // A microphone that the room hears, or will hear again, is not missing, whatever the recogniser says.
  const problem = mic.problem ?? (mic.isOn && (isHeard || isCut) ? null : (speech?.problem ?? null));
  const heard = speech?.problem || !speech ? "heardOnly" : "heard";
  return (
    <div role="status" className="flex flex-col gap-1.5 empty:hidden">
      {audio === "connecting" ? <Note>{t("connecting")}</Note> : null}
      {audio === "reconnecting" ? (
        <Note icon={WifiOff} tone="warning">
          {t("reconnecting")}
        </Note>
      ) : null}
      {audio === "connected" && isBlocked ? (
        <Note
          icon={Volume2}
          tone="warning"
          action={
            <Button size="sm" onClick={voice.play}>
              {t("play")}
            </Button>
          }
        >
          {t("blocked")}
        </Note>
      ) : null}
      {problem ? (
        <Note icon={CircleAlert} tone="warning">
          {problemText(problem)}
        </Note>
      ) : null}
      {handFailure ? (
        <Note icon={CircleAlert} tone="warning">
          {failureText(handFailure)}
        </Note>
      ) : null}
      {hasRaisedHand && !isBrief ? <Note icon={Hand}>{t("handRaised")}</Note> : null}
      {mic.isOn && !isCut && !isBrief ? <Note icon={Mic}>{t(isHeard ? heard : "commandsOnly")}</Note> : null}
      {maySpeak && !mic.isOn && !problem && !isBrief ? <Note icon={Mic}>{t("maySpeak")}</Note> : null}
      {lack && !mic.isOn && !problem && !isBrief ? <Note>{lack}</Note> : null}
    </div>
  );
}
