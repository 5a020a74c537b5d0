import { Hand, LogOut, Mic, MicOff, Send } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { Button } from "../../../ui/button.tsx";
import { cx } from "../../../ui/cx.ts";
import { Icon } from "../../../ui/icon.tsx";
import { IconButton } from "../../../ui/icon-button.tsx";
import type { ReadVoice } from "./use-voice.ts";
import type { VoiceSnapshot } from "./voice-snapshot.ts";

/** Whether the microphone is of any use: the browser recognises speech, or the room may hear the trader. */
export const canUseMic = ({ speech, session, audio }: VoiceSnapshot): boolean =>
  speech !== null || (session.state === "in" && session.maySpeak && audio !== "none");

/** What the button of the microphone does next. */
export function useMicLabel({ session, mic, audio }: VoiceSnapshot): string {
  const t = useTranslations("rooms.voice");
  const isHeard = session.state === "in" && session.maySpeak && audio !== "none";
  if (mic.isOn) return t("mute");
  return t(isHeard ? "unmute" : "speakCommands");
}

type ControlsProps = ReadVoice & { hasRaisedHand: boolean };

/** Microphone, hand and the way out. */
export function Controls({ voice, now, hasRaisedHand }: ControlsProps) {
  const t = useTranslations("rooms.voice");
  const label = useMicLabel(now);
  const { mic, session } = now;
  const maySpeak = session.state === "in" && session.maySpeak;
  return (
    <div className="flex gap-2">
      {canUseMic(now) ? (
        <Button
          size="lg"
          aria-pressed={mic.isOn}
          onClick={() => void voice.setMicrophone(!mic.isOn)}
          className="min-w-0 flex-1 max-md:h-11"
        >
          <Icon of={mic.isOn ? Mic : MicOff} />
          <span className="truncate">{label}</span>
        </Button>
      ) : (
        <span className="flex-1" />
      )}
      {maySpeak ? null : (
        <IconButton
          icon={Hand}
          label={t(hasRaisedHand ? "lowerHand" : "raiseHand")}
          aria-pressed={hasRaisedHand}
          onClick={() => void voice.raiseHand(!hasRaisedHand)}
          className="size-11 border border-line-2 bg-surface md:size-9"
        />
      )}
      <Button size="lg" aria-label={t("leaveName")} onClick={voice.leave} className="text-danger! max-md:h-11">
        <Icon of={LogOut} />
        {t("leave")}
      </Button>
    </div>
  );
}

/** Where commands are typed: always, whatever the browser hears. */
export function CommandField({ onSay, className }: { onSay: (text: string) => void; className?: string }) {
  const t = useTranslations("rooms.voice");
  const [text, setText] = useState("");
  const canSend = text.trim() !== "";
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (!canSend) return;
        onSay(text);
        setText("");
      }}
      className={cx(
        "flex items-center rounded-3 border border-control bg-surface pr-1 focus-within:border-focus focus-within:outline-2 focus-within:outline-focus focus-within:-outline-offset-1",
        className,
      )}
    >
      <input
        value={text}
        aria-label={t("command")}
        placeholder={t("commandHint")}
        maxLength={500}
        autoComplete="off"
        enterKeyHint="send"
        onChange={({ currentTarget }) => setText(currentTarget.value)}
        className="h-11 min-w-0 flex-1 bg-transparent px-2.5 text-14 outline-none max-md:text-16 md:h-9"
      />
      <button
        type="submit"
        aria-label={t(canSend ? "send" : "sendNothing")}
        aria-disabled={!canSend}
        className={cx(
          "grid size-10 shrink-0 place-items-center rounded-2 md:size-8",
          canSend ? "text-accent-text hover:bg-surface-3" : "text-muted",
        )}
      >
        <Icon of={Send} />
      </button>
    </form>
  );
}
