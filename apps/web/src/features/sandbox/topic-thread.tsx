"use client";

import type { SandboxUser } from "@pult/sandbox/control.ts";
import { ChevronLeft, Hash, Trash2 } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { Button } from "../../ui/button.tsx";
import { Icon } from "../../ui/icon.tsx";
import { IconButton } from "../../ui/icon-button.tsx";
import { ConfirmDialog } from "./confirm-dialog.tsx";
import { control } from "./control-client.ts";
import { groupLines, type TopicEntry } from "./group-lines.ts";
import { GroupMessage } from "./group-message.tsx";
import { MessageComposer } from "./message-composer.tsx";
import { useAttempt, useWorld } from "./sandbox-context.tsx";
import { useChatTask } from "./use-chat-task.ts";
import { useStickToEnd } from "./use-stick-to-end.ts";

type TopicThreadProps = { entry: TopicEntry; staff: SandboxUser; onBack: () => void; onDeleted: () => void };

function TopicHead({ entry, onBack, onDeleted }: Omit<TopicThreadProps, "staff">) {
  const t = useTranslations("sandbox");
  const attempt = useAttempt();
  const [isAsking, setAsking] = useState(false);
  const { threadId, name } = entry;
  return (
    <header className="flex h-11 shrink-0 items-center gap-2 border-line border-b pr-2 pl-4 max-md:pl-1">
      <Button variant="ghost" aria-label={t("backToTopics")} className="px-2 md:hidden" onClick={onBack}>
        <Icon of={ChevronLeft} size={20} />
      </Button>
      <Icon of={Hash} className="text-fg-2" />
      <h3 className="min-w-0 truncate font-semibold text-13">{name}</h3>
      <span className="num shrink-0 flex-1 text-12 text-muted">
        {threadId === null ? "" : t("topic", { id: threadId })}
      </span>
      {threadId === null ? null : <IconButton icon={Trash2} label={t("deleteTopic")} onClick={() => setAsking(true)} />}
      <ConfirmDialog
        open={isAsking}
        title={t("deleteTopicTitle", { name })}
        text={t("deleteTopicText")}
        isDanger
        action={t("deleteTopic")}
        onClose={() => setAsking(false)}
        onConfirm={async () => {
          if (threadId !== null && (await attempt(() => control.deleteTopic(threadId)))) onDeleted();
        }}
      />
    </header>
  );
}

export function TopicThread({ entry, staff, onBack, onDeleted }: TopicThreadProps) {
  const t = useTranslations("sandbox");
  const world = useWorld();
  const { scroller, onScroll } = useStickToEnd(entry.threadId);
  const lines = groupLines(world, entry.threadId);
  const threadId = entry.threadId ?? undefined;
  const { task, begin, cancel, send } = useChatTask({ userId: staff.id, chatId: world.group.chatId, threadId });
  return (
    <>
      <TopicHead entry={entry} onBack={onBack} onDeleted={onDeleted} />
      <div
        ref={scroller}
        onScroll={onScroll}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scroller has to be reachable by keyboard
        tabIndex={0}
        role="log"
        aria-label={t("messagesWith", { name: entry.name })}
        className="scroll-pane flex min-h-0 flex-1 flex-col px-4 py-2"
      >
        <ol className="mt-auto">
          {lines.map((line) => (
            <GroupMessage
              key={line.key}
              line={line}
              quoted={lines.find((one) => one.message.messageId === line.message.replyToMessageId) ?? null}
              onReply={() => begin("reply", line.message, line.author)}
              onEdit={line.message.from.id === staff.id ? () => begin("edit", line.message, line.author) : null}
            />
          ))}
        </ol>
      </div>
      <MessageComposer
        key={staff.id}
        label={t("replyInTopicLabel", { name: entry.name })}
        placeholder={t("replyInTopic")}
        task={task}
        onCancelTask={cancel}
        onSend={send}
      />
    </>
  );
}
