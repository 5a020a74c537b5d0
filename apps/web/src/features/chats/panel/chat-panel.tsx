import type { Association, Chat } from "@pult/api/chats/schema.ts";
import { useMutation } from "@tanstack/react-query";
import {
  ArrowLeft,
  BriefcaseBusiness,
  Building2,
  ChevronRight,
  Link2,
  type LucideIcon,
  UserRound,
  X,
} from "lucide-react";
import Link from "next/link";
import { useTranslations } from "next-intl";
import { type ReactNode, useState } from "react";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { useTRPC } from "../../../trpc/provider.tsx";
import { Avatar } from "../../../ui/avatar.tsx";
import { Button } from "../../../ui/button.tsx";
import { cx } from "../../../ui/cx.ts";
import { Field, Input } from "../../../ui/field.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { IconButton } from "../../../ui/icon-button.tsx";
import { lazyModule } from "../../../ui/lazy.tsx";
import { Badge } from "../../../ui/marks.tsx";
import { useMay } from "../../auth/agent-context.tsx";
import { recordHref } from "../../contacts/contacts-href.ts";
import { useErrorText } from "../../shell/use-failure-text.ts";
import { useFailureToast } from "../../shell/use-failure-toast.ts";
import { mayActIn } from "../chat-list-state.ts";
import { useOpenAccount } from "../use-account-chats.ts";

const RecordLinker = lazyModule(() => import("../../contacts/link/record-linker.tsx")).part(
  (module) => module.RecordLinker,
);
const ReplyReminder = lazyModule(() => import("../../contacts/link/reply-reminder.tsx")).part(
  (module) => module.ReplyReminder,
);

const TYPE = /^[a-z][a-z0-9_-]{0,49}$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const USUAL_TYPES = ["contact", "company", "deal"] as const;
const ICONS: Readonly<Record<(typeof USUAL_TYPES)[number], LucideIcon>> = {
  contact: UserRound,
  company: Building2,
  deal: BriefcaseBusiness,
};
const usualOf = (type: string) => USUAL_TYPES.find((usual) => usual === type);

const Section = ({ children }: { children: ReactNode }) => (
  <section className="border-line border-b p-4">{children}</section>
);

function AssociationRow({ association, mayWrite }: { association: Association; mayWrite: boolean }) {
  const t = useTranslations("chats.panel");
  const trpc = useTRPC();
  const failed = useFailureToast();
  // The account's log tells of it, with the whole chat.
  const remove = useMutation(trpc.chats.associations.remove.mutationOptions({ onError: failed(t("removeFailed")) }));
  const tOne = useTranslations("contacts.one");
  const { id, entity, crmEntityType, crmEntityId } = association;
  const usual = usualOf(crmEntityType);
  const type = usual ? tOne(usual) : crmEntityType;
  const title = entity?.title ?? type;
  return (
    <li className="flex min-h-11 items-center gap-3 border-line border-b py-1 last:border-b-0">
      <span className="grid size-7 shrink-0 place-items-center rounded-2 bg-surface-4 text-fg-2">
        <Icon of={usual ? ICONS[usual] : Link2} size={14} />
      </span>
      <span className="min-w-0 flex-1">
        {entity && usual ? (
          <Link
            href={recordHref(usual, entity.id)}
            prefetch={false}
            dir="auto"
            className="block truncate font-medium hover:underline"
          >
            {title}
          </Link>
        ) : (
          <span dir="auto" className="block truncate font-medium">
            {title}
          </span>
        )}
        <span title={crmEntityId} className="num block truncate text-12 text-muted">
          {entity ? type : crmEntityId}
        </span>
      </span>
      {mayWrite ? (
        <IconButton
          icon={X}
          size="sm"
          label={t("remove")}
          aria-disabled={remove.isPending}
          onClick={() => !remove.isPending && remove.mutate({ id })}
        />
      ) : null}
    </li>
  );
}

/** Ties the chat to a record, here or of another CRM, by its type and id. */
function AddAssociation({ chat }: { chat: Chat }) {
  const t = useTranslations("chats.panel");
  const trpc = useTRPC();
  const { accountId } = useOpenAccount();
  const errorText = useErrorText();
  const [type, setType] = useState("contact");
  const [id, setId] = useState("");
  const [isTried, setTried] = useState(false);
  const add = useMutation(
    trpc.chats.associations.add.mutationOptions({
      onSuccess() {
        setId("");
        setTried(false);
      },
    }),
  );
  const typeError = isTried && !TYPE.test(type) ? t("typeInvalid") : undefined;
  const idError = isTried && !UUID.test(id.trim()) ? t("idInvalid") : errorText(add.error);
  return (
    <form
      noValidate
      className="mt-3 flex flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        if (!TYPE.test(type) || !UUID.test(id.trim()) || add.isPending) return;
        add.mutate({ accountId, chatId: chat.id, crmEntityType: type, crmEntityId: id.trim() });
      }}
    >
      <Field label={t("type")} {...(typeError ? { error: typeError } : {})}>
        {(control) => (
          <>
            <Input
              {...control}
              value={type}
              list="chat-link-types"
              maxLength={50}
              autoComplete="off"
              onChange={({ currentTarget }) => setType(currentTarget.value.trim().toLowerCase())}
              className="max-md:h-11"
            />
            <datalist id="chat-link-types">
              {USUAL_TYPES.map((usual) => (
                <option key={usual} value={usual} />
              ))}
            </datalist>
          </>
        )}
      </Field>
      <Field label={t("id")} hint={t("idHint")} {...(idError ? { error: idError } : {})}>
        {(control) => (
          <Input
            {...control}
            value={id}
            maxLength={64}
            autoComplete="off"
            spellCheck={false}
            onChange={({ currentTarget }) => {
              add.reset();
              setId(currentTarget.value);
            }}
            className="font-mono max-md:h-11"
          />
        )}
      </Field>
      <Button type="submit" aria-disabled={add.isPending} className="self-start max-md:h-11">
        {t("add")}
      </Button>
    </form>
  );
}

const Fact = ({ label, children }: { label: string; children: ReactNode }) => (
  <div className="flex min-h-6 items-baseline gap-3 py-0.5">
    <dt className="w-24 shrink-0 text-12 text-muted">{label}</dt>
    <dd dir="auto" className="min-w-0 flex-1 break-words text-start">
      {children}
    </dd>
  </div>
);

function Facts({ chat }: { chat: Chat }) {
  const t = useTranslations("chats");
  const time = useTimeText();
  const { type, id, bio, about, memberCount, createdAt } = chat;
  return (
    <dl>
      <Fact label={t("panel.kind")}>{t(`type.${type}`)}</Fact>
      <Fact label={t("panel.chatId")}>
        <span className="font-mono text-12">{id}</span>
      </Fact>
      {memberCount === null ? null : (
        <Fact label={t("panel.people")}>
          <span className="num">{memberCount}</span>
        </Fact>
      )}
      <Fact label={t("panel.since")}>
        <time dateTime={createdAt} title={time.full(createdAt)}>
          {time.date(createdAt)}
        </time>
      </Fact>
      {bio || about ? <Fact label={t("panel.about")}>{bio || about}</Fact> : null}
    </dl>
  );
}

/** The record that a reminder in this chat is about: its contact before others. */
function aboutOf(associations: readonly Association[]) {
  const records = associations.flatMap(({ crmEntityType, entity }) => {
    const usual = usualOf(crmEntityType);
    return usual && entity ? [{ entity: usual, entityId: entity.id }] : [];
  });
  return records.find(({ entity }) => entity === "contact") ?? records[0] ?? null;
}

/** What is known of a chat and what it is tied to: a third pane from 1280 px, over the thread from 960, a page below. */
export function ChatPanel({ chat, isOpen, onClose }: { chat: Chat; isOpen: boolean; onClose: () => void }) {
  const t = useTranslations("chats");
  const mayWrite = useMay()("chats:write") && mayActIn(chat);
  const { accountId } = useOpenAccount();
  const { title, username, associations } = chat;
  return (
    <aside
      aria-label={t("panel.title")}
      className={cx(
        "flex min-h-0 min-w-0 flex-col bg-surface-2",
        "max-md:flex-1 md:border-line md:border-l",
        "md:max-lg:fixed md:max-lg:inset-y-0 md:max-lg:right-0 md:max-lg:z-20 md:max-lg:w-80 md:max-lg:shadow-dialog",
        !isOpen && "max-lg:hidden",
      )}
    >
      <header className="flex h-14 shrink-0 items-center gap-1 border-line border-b bg-surface px-1 md:h-12 md:pr-3 md:pl-4 lg:hidden">
        <IconButton icon={ArrowLeft} label={t("panel.back")} onClick={onClose} className="md:hidden" />
        <h2 className="flex-1 truncate font-semibold text-14">{t("panel.title")}</h2>
        <IconButton icon={X} label={t("panel.close")} onClick={onClose} className="max-md:hidden" />
      </header>
      <div className="scroll-pane min-h-0 flex-1">
        <Section>
          <div className="flex items-center gap-3">
            <Avatar name={title} size={40} />
            <div className="min-w-0 flex-1">
              <p dir="auto" title={title} className="truncate text-start font-semibold text-14">
                {title}
              </p>
              <p className="truncate text-12 text-muted">{username ? `@${username}` : t(`type.${chat.type}`)}</p>
            </div>
          </div>
        </Section>
        <Section>
          <h3 className="flex items-center justify-between font-semibold">
            {t("panel.linkedTo")}
            {associations.length > 0 ? <Badge quiet count={associations.length} /> : null}
          </h3>
          {associations.length > 0 ? (
            <ul className="mt-1">
              {associations.map((association) => (
                <AssociationRow key={association.id} association={association} mayWrite={mayWrite} />
              ))}
            </ul>
          ) : (
            <p className="mt-1 text-muted">{t("panel.notLinked")}</p>
          )}
          {mayWrite ? (
            <>
              <RecordLinker
                accountId={accountId}
                chat={chat}
                hasContact={associations.some(({ crmEntityType }) => crmEntityType === "contact")}
              />
              <details className="group mt-2">
                <summary className="flex min-h-8 cursor-pointer items-center gap-1 rounded-1 text-12 text-muted hover:text-fg">
                  <Icon of={ChevronRight} size={12} className="transition-transform group-open:rotate-90" />
                  {t("panel.otherCrm")}
                </summary>
                <AddAssociation chat={chat} />
              </details>
            </>
          ) : null}
        </Section>
        {mayWrite ? (
          <Section>
            <ReplyReminder accountId={accountId} chat={chat} about={aboutOf(associations)} />
          </Section>
        ) : null}
        <Section>
          <h3 className="mb-1 font-semibold">{t("panel.details")}</h3>
          <Facts chat={chat} />
        </Section>
      </div>
    </aside>
  );
}
