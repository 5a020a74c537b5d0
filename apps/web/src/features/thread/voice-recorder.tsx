import { SendHorizontal, Trash2 } from "lucide-react";
import { useTranslations } from "next-intl";
import { useEffect, useEffectEvent, useRef, useState } from "react";
import { Button } from "../../ui/button.tsx";
import { Icon } from "../../ui/icon.tsx";
import { IconButton } from "../../ui/icon-button.tsx";
import { failureOfRecording, type Heard, type Recording, type RecordingFailure, startRecording } from "./recording.ts";
import type { Release } from "./use-hold-to-record.ts";

type VoiceRecorderProps = {
  /** Whether the button that began it is held, and what letting go of it asked for. */
  isHeld: boolean;
  release: Release | null;
  /** Uploads and sends what was recorded. @throws when it does not arrive; it may be tried again */
  onSend: (file: File) => Promise<void>;
  onClose: () => void;
};

const clock = (seconds: number) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;

/** Records from when it is shown, which the agent asked for by pressing: the browser asks for the microphone then. */
export function VoiceRecorder({ isHeld, release, onSend, onClose }: VoiceRecorderProps) {
  const t = useTranslations("voiceMessage");
  const [heard, setHeard] = useState<Heard>({ seconds: 0, levels: [] });
  const [recording, setRecording] = useState<Recording | null>(null);
  const [failure, setFailure] = useState<RecordingFailure | "notSent" | null>(null);
  const [isSending, setSending] = useState(false);
  const file = useRef<File | null>(null);
  const begin = useEffectEvent((isGone: () => boolean) =>
    startRecording(setHeard).then(
      (begun) => (isGone() ? begun.cancel() : setRecording(begun)),
      (error: unknown) => isGone() || setFailure(failureOfRecording(error)),
    ),
  );
  useEffect(() => {
    let isGone = false;
    void begin(() => isGone);
    return () => {
      isGone = true;
    };
  }, []);
  useEffect(() => () => recording?.cancel(), [recording]);
  const send = async () => {
    if (!recording || isSending) return;
    setSending(true);
    setFailure(null);
    try {
      file.current ??= await recording.finish();
      await onSend(file.current);
      onClose();
    } catch {
      setFailure("notSent");
      setSending(false);
    }
  };
  const obey = useEffectEvent((asked: Release) => (asked === "send" ? void send() : onClose()));
  useEffect(() => {
    // Let go before the microphone was there: it records on, as after a click.
    if (release && recording) obey(release);
  }, [release, recording]);
  const canSend = recording !== null && !isSending;
  return (
    <section aria-label={t("label")} className="flex flex-wrap items-center gap-2 px-3 py-2">
      <IconButton icon={Trash2} label={t("cancel")} onClick={onClose} />
      {failure && failure !== "notSent" ? null : (
        <>
          <span className="num w-10 text-13" role="timer">
            {clock(heard.seconds)}
          </span>
          <span aria-hidden className="flex h-8 min-w-0 flex-1 items-center justify-end gap-0.5 overflow-hidden">
            {heard.levels.map((level, index) => (
              <span
                // biome-ignore lint/suspicious/noArrayIndexKey: bars move through fixed places
                key={index}
                className="w-1 shrink-0 rounded-full bg-accent"
                style={{ height: `${Math.max(10, Math.round(level * 100))}%` }}
              />
            ))}
          </span>
          <Button
            variant="primary"
            aria-disabled={!canSend}
            onClick={() => void send()}
            className="h-10 aria-disabled:opacity-60 md:h-8"
          >
            <Icon of={SendHorizontal} />
            {t(isSending ? "sending" : "send")}
          </Button>
        </>
      )}
      <p role="status" className="w-full text-12 text-muted empty:hidden">
        {failure ? <span className="text-danger">{t(`failure.${failure}`)}</span> : null}
        {!failure && recording
          ? [isHeld ? t("held") : null, recording.isVoice ? null : t("asFile")].filter(Boolean).join(" ")
          : null}
      </p>
    </section>
  );
}
