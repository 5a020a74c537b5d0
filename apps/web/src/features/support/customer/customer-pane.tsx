import type { ConversationDetail } from "@pult/api/support/schema.ts";
import { ArrowLeft, Copy, X } from "lucide-react";
import { useTranslations } from "next-intl";
import type { ComponentProps, ReactNode } from "react";
import { useLanguageName } from "../../../i18n/use-language-name.ts";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { Avatar } from "../../../ui/avatar.tsx";
import { cx } from "../../../ui/cx.ts";
import { IconButton } from "../../../ui/icon-button.tsx";
import { showToast } from "../../../ui/toast-manager.ts";
import { useCustomerFacts } from "../../shell/registry.ts";
import { AssignMenu, SnoozeMenu } from "../actions/menus.tsx";
import { useConversationActions } from "../actions/use-conversation-actions.ts";
import { useDesk } from "../desk-provider.tsx";
import { Devices, Section } from "./devices.tsx";

type CustomerPaneProps = {
  conversation: ConversationDetail;
  /** Below 1280 px, where it lies over the thread. */
  isOpen: boolean;
  onClose: () => void;
  /** Something here changed that the log does not tell. */
  onChanged: () => void;
};

const Facts = ({ children, ...section }: ComponentProps<typeof Section>) => (
  <Section {...section}>
    <dl>{children}</dl>
  </Section>
);

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="grid min-h-9 grid-cols-[104px_minmax(0,1fr)] items-center md:min-h-7">
      <dt className="text-13 text-muted md:text-12">{label}</dt>
      <dd className="flex min-w-0 items-center gap-1.5">{children}</dd>
    </div>
  );
}

function CopyableId({ id }: { id: string }) {
  const t = useTranslations();
  const copy = async () => {
    await navigator.clipboard.writeText(id);
    showToast({ title: t("common.copied") });
  };
  return (
    <>
      <span title={id} className="truncate font-mono text-12">
        {id}
      </span>
      {/* The clipboard is there on https and localhost only. */}
      {"clipboard" in navigator ? (
        <IconButton icon={Copy} size="sm" label={t("customer.copyId")} onClick={copy} />
      ) : null}
    </>
  );
}

function State({ conversation }: { conversation: ConversationDetail }) {
  const t = useTranslations();
  const time = useTimeText();
  const { agent } = useDesk();
  const { assignee, status, snoozedUntil } = conversation;
  const until =
    status === "snoozed" && snoozedUntil ? t("inbox.snoozedUntil", { time: time.moment(snoozedUntil) }) : null;
  return (
    <Facts>
      <Fact label={t("customer.assignee")}>
        {assignee ? (
          <>
            <Avatar name={assignee.name} size={20} />
            <span className="truncate">
              {assignee.id === agent.id ? t("customer.assigneeYou", { name: assignee.name }) : assignee.name}
            </span>
          </>
        ) : (
          <span className="text-muted">{t("customer.unassigned")}</span>
        )}
      </Fact>
      <Fact label={t("customer.status")}>
        <span>{t(`header.status.${status}`)}</span>
        {until ? <span className="num truncate text-muted">{until}</span> : null}
      </Fact>
    </Facts>
  );
}

function Details({ conversation }: { conversation: ConversationDetail }) {
  const t = useTranslations();
  const time = useTimeText();
  const languageName = useLanguageName();
  const { channel, customer, languageCode, createdAt, origin, blockedAt } = conversation;
  const facts = useCustomerFacts({ telegramId: conversation.telegram.userId });
  return (
    <Facts title={t("customer.details")}>
      <Fact label={t("customer.channel")}>{t(`inbox.channel.${channel}`)}</Fact>
      <Fact label={t("customer.id")}>
        <CopyableId id={customer.id} />
      </Fact>
      {languageCode ? <Fact label={t("customer.language")}>{languageName(languageCode)}</Fact> : null}
      <Fact label={t("customer.since")}>
        <time dateTime={createdAt} title={time.full(createdAt)}>
          {time.date(createdAt)}
        </time>
      </Fact>
      {origin ? <Fact label={t("customer.origin")}>{origin}</Fact> : null}
      {blockedAt ? (
        <Fact label={t("customer.blocks")}>
          <span className="text-danger">{time.moment(blockedAt)}</span>
        </Fact>
      ) : null}
      {facts.map(({ id, label, value }) => (
        <Fact key={id} label={label}>
          {value}
        </Fact>
      ))}
    </Facts>
  );
}

function Telegram({ conversation }: { conversation: ConversationDetail }) {
  const t = useTranslations("customer");
  const { topicId, userId } = conversation.telegram;
  return (
    <Facts title={t("telegram")}>
      <Fact label={t("topic")}>
        <span className={topicId === null ? "text-muted" : "num"}>{topicId ?? t("noTopic")}</span>
      </Fact>
      {userId === null ? null : (
        <Fact label={t("userId")}>
          <span className="truncate font-mono text-12">{userId}</span>
        </Fact>
      )}
    </Facts>
  );
}

function PaneHeader({ conversation, onClose }: Pick<CustomerPaneProps, "conversation" | "onClose">) {
  const t = useTranslations();
  const { setStatus, assign } = useConversationActions(conversation);
  return (
    <header className="flex h-14 shrink-0 items-center gap-1 border-line border-b bg-surface px-1 md:h-12 md:pr-3 md:pl-4 lg:hidden">
      <IconButton icon={ArrowLeft} label={t("header.backToThread")} onClick={onClose} className="md:hidden" />
      <h2 className="flex-1 truncate font-semibold text-14">{t("customer.title")}</h2>
      <span className="flex gap-1 md:hidden">
        <AssignMenu assigneeId={conversation.assignee?.id ?? null} onAssign={assign} />
        <SnoozeMenu onSnooze={(until) => setStatus({ status: "snoozed", until })} />
      </span>
      <IconButton icon={X} label={t("header.hideCustomer")} onClick={onClose} className="max-md:hidden" />
    </header>
  );
}

/** Who writes: a third pane from 1280 px, over the thread from 960, a page below. */
export function CustomerPane({ conversation, isOpen, onClose, onChanged }: CustomerPaneProps) {
  const t = useTranslations();
  const { name, username } = conversation.customer;
  return (
    <aside
      aria-label={t("customer.title")}
      className={cx(
        "flex min-h-0 min-w-0 flex-col bg-surface-2",
        "max-md:flex-1 md:border-line md:border-l",
        "md:max-lg:fixed md:max-lg:inset-y-0 md:max-lg:right-0 md:max-lg:z-20 md:max-lg:w-80 md:max-lg:shadow-dialog",
        !isOpen && "max-lg:hidden",
      )}
    >
      <PaneHeader conversation={conversation} onClose={onClose} />
      <div className="scroll-pane min-h-0 flex-1">
        <Section>
          <div className="flex items-center gap-3">
            <Avatar name={name} size={40} online={conversation.customer.online} />
            <div className="min-w-0 flex-1">
              <p dir="auto" title={name} className="truncate text-start font-semibold text-14">
                {name}
              </p>
              <p className="truncate text-12 text-muted">
                {username ? `@${username}` : t(conversation.customer.online ? "header.online" : "header.offline")}
              </p>
            </div>
          </div>
        </Section>
        <State conversation={conversation} />
        <Details conversation={conversation} />
        <Devices conversation={conversation} onChanged={onChanged} />
        <Telegram conversation={conversation} />
      </div>
    </aside>
  );
}
