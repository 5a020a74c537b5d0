import type { CommentReply, StoredEvent } from "@pult/api/notifications/schema.ts";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { CircleAlert, CircleHelp, Clock3, CornerDownRight, type LucideIcon, MessageSquareLock } from "lucide-react";
import { useTranslations } from "next-intl";
import { useRef, useState } from "react";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { useTRPC } from "../../../trpc/provider.tsx";
import { readAgain } from "../../../trpc/read-again.ts";
import { Button } from "../../../ui/button.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { Segmented } from "../../../ui/segmented.tsx";
import { useNow } from "../../../ui/use-now.ts";
import { useReasonText } from "../../notices/reason-text.ts";
import { useFailureToast } from "../../shell/use-failure-toast.ts";
import { newId } from "../../thread/send-queue.ts";
import { useNotificationRights } from "../rights.ts";
import { EVENTS_KEY } from "./events-cache.ts";

const PRIVATE_MS = 7 * 24 * 60 * 60_000;
/** As the API takes them: characters below a comment, bytes of UTF-8 in private. */
const MAX_PUBLIC = 2_200;
const MAX_PRIVATE_BYTES = 1_000;

type Mode = CommentReply["mode"];

const isComment = ({ event }: StoredEvent): boolean => ["comments", "live_comments"].includes(event.eventType);

/** What a text is too long by; 0 when it fits. */
export const excessOf = (mode: Mode, text: string): number =>
  Math.max(
    0,
    mode === "public"
      ? text.trim().length - MAX_PUBLIC
      : new TextEncoder().encode(text.trim()).length - MAX_PRIVATE_BYTES,
  );

/** Which answers a comment may still have: live ones have none in public, and each has one in private, within a week. */
export function openModes({ event, replies = [] }: StoredEvent, now: number): Mode[] {
  const modes: Mode[] = event.eventType === "live_comments" ? [] : ["public"];
  const isAnswered = replies.some(({ mode, state }) => mode === "private" && state !== "failed");
  if (!isAnswered && now < Date.parse(event.timestamp) + PRIVATE_MS) modes.push("private");
  return modes;
}

const STATE_ICONS: Partial<Record<CommentReply["state"], LucideIcon>> = {
  pending: Clock3,
  failed: CircleAlert,
  unknown: CircleHelp,
};

function Answer({ reply }: { reply: CommentReply }) {
  const t = useTranslations("instagram.reply");
  const time = useTimeText();
  const { mode, text, createdBy, createdAt, state } = reply;
  const reason = useReasonText()(reply, "instagram");
  const hasFailed = state === "failed" || state === "unknown";
  return (
    <li className="flex gap-2">
      <Icon of={mode === "private" ? MessageSquareLock : CornerDownRight} className="mt-0.5 shrink-0 text-muted" />
      <div className="min-w-0">
        <p className="num text-12 text-muted">{[t(`mode.${mode}`), createdBy, time.moment(createdAt)].join(" · ")}</p>
        <p dir="auto" className="whitespace-pre-wrap break-words">
          {text}
        </p>
        {state === "sent" ? null : (
          <p className={hasFailed ? "flex gap-1 text-12 text-danger" : "flex gap-1 text-12 text-muted"}>
            <Icon of={STATE_ICONS[state] ?? Clock3} size={14} className="mt-px shrink-0" />
            {reason ? t("because", { state: t(`state.${state}`), reason }) : t(`state.${state}`)}
          </p>
        )}
      </div>
    </li>
  );
}

function useAnswer(stored: StoredEvent, onSent: () => void) {
  const t = useTranslations("instagram.reply");
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const failed = useFailureToast();
  // One id for every attempt with the same words: a repeat is recognised.
  const attempt = useRef({ text: "", clientId: "" });
  const mutation = useMutation(
    trpc.notifications.instagram.replyToComment.mutationOptions({
      onSuccess: () => {
        void readAgain(queryClient, EVENTS_KEY);
        attempt.current = { text: "", clientId: "" };
        onSent();
      },
      onError: failed(t("notSent")),
    }),
  );
  return {
    isBusy: mutation.isPending,
    send(mode: Mode, text: string) {
      const key = `${mode} ${text}`;
      if (attempt.current.text !== key) attempt.current = { text: key, clientId: newId() };
      mutation.mutate({ eventId: stored.eventId, mode, text, clientId: attempt.current.clientId });
    },
  };
}

function AnswerForm({ stored, modes }: { stored: StoredEvent; modes: readonly Mode[] }) {
  const t = useTranslations("instagram.reply");
  const time = useTimeText();
  const [chosen, setChosen] = useState<Mode>("public");
  const [text, setText] = useState("");
  const answer = useAnswer(stored, () => setText(""));
  const mode = modes.includes(chosen) ? chosen : (modes[0] ?? "public");
  const excess = excessOf(mode, text);
  const cannotSend = text.trim() === "" || excess > 0 || answer.isBusy;
  const privateUntil = new Date(Date.parse(stored.event.timestamp) + PRIVATE_MS).toISOString();
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (!cannotSend) answer.send(mode, text.trim());
      }}
      className="max-w-[560px] rounded-3 border border-control bg-surface focus-within:border-focus focus-within:shadow-[inset_0_0_0_1px_var(--color-focus)]"
    >
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 px-2 pt-2">
        {modes.length > 1 ? (
          <Segmented
            label={t("how")}
            value={mode}
            onChange={setChosen}
            options={modes.map((value) => ({ value, label: t(`to.${value}`) }))}
          />
        ) : (
          <span className="px-1 font-medium text-12 text-fg-2">{t(`to.${mode}`)}</span>
        )}
        {modes.includes("private") ? (
          <span className="num ml-auto text-11 text-muted">
            {t("privateUntil", { time: time.moment(privateUntil) })}
          </span>
        ) : null}
      </div>
      <textarea
        aria-label={t("label")}
        placeholder={t(`placeholder.${mode}`)}
        value={text}
        rows={2}
        aria-invalid={excess > 0 ? true : undefined}
        onChange={(event) => setText(event.currentTarget.value)}
        className="field-sizing-content block max-h-[160px] min-h-14 w-full resize-none bg-transparent px-3 py-2 text-14 outline-none max-md:text-16"
      />
      <div className="flex items-center gap-2 px-2 pb-2">
        <span role="status" className="text-12 text-danger">
          {excess > 0 ? t("tooLong", { count: excess }) : null}
        </span>
        <Button type="submit" variant="primary" aria-disabled={cannotSend} className="ml-auto aria-disabled:opacity-60">
          {t(answer.isBusy ? "sending" : "send")}
        </Button>
      </div>
    </form>
  );
}

const LOOK_MS = 60_000;

/** The answers to a comment, and where another is written. */
export function Answers({ stored }: { stored: StoredEvent }) {
  const t = useTranslations("instagram.reply");
  const { mayWrite } = useNotificationRights();
  const now = useNow(LOOK_MS, isComment(stored));
  const { event, replies = [] } = stored;
  if (!isComment(stored)) return null;
  const isOwn = event.sender.id === event.accountId;
  const modes = isOwn ? [] : openModes(stored, now);
  return (
    <div className="flex flex-col gap-3">
      {replies.length > 0 ? (
        <ul aria-label={t("list")} className="flex flex-col gap-2">
          {replies.map((reply) => (
            <Answer key={reply.id} reply={reply} />
          ))}
        </ul>
      ) : null}
      {mayWrite && modes.length > 0 ? <AnswerForm stored={stored} modes={modes} /> : null}
      {mayWrite && modes.length === 0 && !isOwn ? <p className="text-12 text-muted">{t("closed")}</p> : null}
    </div>
  );
}
