import type { Contact, Field, FieldValue } from "@pult/api/crm/schema.ts";
import { AtSign, Globe, Mail, Phone, Plus, Send } from "lucide-react";
import { useFormatter, useTranslations } from "next-intl";
import { type ReactNode, useState } from "react";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { Avatar } from "../../../ui/avatar.tsx";
import { Chip } from "../../../ui/chip.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { IconButton } from "../../../ui/icon-button.tsx";
import { lazyModule } from "../../../ui/lazy.tsx";
import { Select } from "../../../ui/select.tsx";
import { useMay } from "../../auth/agent-context.tsx";
import { useRecordActions } from "../data/use-record-actions.ts";
import { useColleagues, useFields } from "../data/use-setup.ts";
import { ChoiceFact } from "./choice-fact.tsx";
import { FactRow, InlineFact } from "./inline-fact.tsx";

const TagDialog = lazyModule(() => import("../list/tag-dialog.tsx")).part((module) => module.TagDialog);

type PartProps = { contact: Contact };

export function Section({ title, aside, children }: { title?: string; aside?: ReactNode; children: ReactNode }) {
  return (
    <section className="border-line border-b px-4 py-3 last:border-b-0">
      {title ? (
        <h2 className="mb-1 flex min-h-7 items-center justify-between font-semibold">
          {title}
          {aside}
        </h2>
      ) : null}
      {children}
    </section>
  );
}

function Head({ contact }: PartProps) {
  const t = useTranslations("contacts");
  const mayWrite = useMay()("chats:write");
  const [isTagging, setTagging] = useState(false);
  const { name, companyName, tags } = contact;
  return (
    <Section>
      <div className="flex items-center gap-3">
        <Avatar name={name} size={40} />
        <div className="min-w-0 flex-1">
          <p dir="auto" title={name} className="truncate text-start font-semibold text-14">
            {name}
          </p>
          <p className="truncate text-12 text-muted">{companyName ?? t("card.noCompany")}</p>
        </div>
      </div>
      <div className="mt-2 flex flex-wrap items-center gap-1">
        {tags.map((tag) => (
          <Chip key={tag.id}>{tag.name}</Chip>
        ))}
        {mayWrite ? <IconButton icon={Plus} size="sm" label={t("card.tags")} onClick={() => setTagging(true)} /> : null}
      </div>
      {isTagging ? <TagDialog entity="contact" records={[contact]} onClose={() => setTagging(false)} /> : null}
    </Section>
  );
}

/** A custom field: short values where they stand; what takes more room has the whole form. */
function CustomFact({ field, contact }: PartProps & { field: Field }) {
  const t = useTranslations("contacts");
  const format = useFormatter();
  const time = useTimeText();
  const { update } = useRecordActions();
  const mayWrite = useMay()("chats:write");
  const value = contact.fields[field.id] ?? null;
  const save = (next: FieldValue) => void update(contact, { fields: { [field.id]: next } });
  const labelOf = (id: unknown) => field.options.find((option) => option.id === id)?.label ?? "";
  switch (field.type) {
    case "select":
    case "checkbox": {
      const options =
        field.type === "select"
          ? field.options.map(({ id, label }) => ({ value: id, label }))
          : [
              { value: "true", label: t("filter.yes") },
              { value: "false", label: t("filter.no") },
            ];
      const shown =
        field.type === "select" ? labelOf(value) : value === null ? "" : t(`filter.${value ? "yes" : "no"}`);
      if (!mayWrite) return <FactRow label={field.name}>{shown || "–"}</FactRow>;
      return (
        <FactRow label={field.name}>
          <Select
            label={field.name}
            value={value === null ? "" : String(value)}
            options={[{ value: "", label: t("notSet") }, ...options]}
            onChange={(next) => save(next === "" ? null : field.type === "select" ? next : next === "true")}
            className="max-w-full"
          />
        </FactRow>
      );
    }
    case "multiSelect":
      if (mayWrite) return <ChoiceFact field={field} value={Array.isArray(value) ? value : []} onSave={save} />;
      return (
        <FactRow label={field.name}>
          {Array.isArray(value) && value.length > 0 ? (
            value.map(labelOf).join(", ")
          ) : (
            <span className="text-muted">–</span>
          )}
        </FactRow>
      );
    default: {
      const text = value === null ? "" : String(value);
      const shown =
        field.type === "date" && text ? time.date(text) : typeof value === "number" ? format.number(value) : text;
      const read = (typed: string) => (field.type === "number" ? Number(typed.replace(",", ".")) : typed);
      return (
        <InlineFact
          label={field.name}
          value={text}
          shown={shown}
          type={field.type === "date" ? "date" : "text"}
          {...(field.type === "number" ? { inputMode: "decimal" as const } : {})}
          onSave={mayWrite ? (typed) => save(typed === "" ? null : read(typed)) : null}
        />
      );
    }
  }
}

function Facts({ contact }: PartProps) {
  const t = useTranslations("contacts");
  const time = useTimeText();
  const colleagues = useColleagues();
  const fields = useFields("contact");
  const { update } = useRecordActions();
  const mayWrite = useMay()("chats:write");
  const saving = (name: "phone" | "email" | "username" | "source") =>
    mayWrite ? (value: string) => void update(contact, { [name]: value || null }) : null;
  const setOwner = (ownerId: string) => {
    const ownerName = colleagues.find(({ id }) => id === ownerId)?.name ?? null;
    void update(contact, { ownerId: ownerId || null }, { ownerName });
  };
  const isKnown = contact.ownerId === null || colleagues.some(({ id }) => id === contact.ownerId);
  return (
    <Section>
      <dl>
        <FactRow label={t("field.ownerId")}>
          {mayWrite && colleagues.length > 0 ? (
            <Select
              label={t("field.ownerId")}
              value={contact.ownerId ?? ""}
              options={[
                { value: "", label: t("noOwner") },
                ...(isKnown ? [] : [{ value: contact.ownerId ?? "", label: contact.ownerName ?? t("formerOwner") }]),
                ...colleagues.map(({ id, name }) => ({ value: id, label: name })),
              ]}
              onChange={setOwner}
              className="max-w-full"
            />
          ) : (
            (contact.ownerName ?? <span className="text-muted">{t("noOwner")}</span>)
          )}
        </FactRow>
        <InlineFact label={t("field.phone")} value={contact.phone ?? ""} type="tel" onSave={saving("phone")} />
        <InlineFact label={t("field.email")} value={contact.email ?? ""} type="email" onSave={saving("email")} />
        <InlineFact
          label={t("field.username")}
          value={contact.username ?? ""}
          shown={contact.username ? `@${contact.username}` : ""}
          onSave={saving("username")}
        />
        <InlineFact label={t("field.source")} value={contact.source ?? ""} onSave={saving("source")} />
        {fields.map((field) => (
          <CustomFact key={field.id} field={field} contact={contact} />
        ))}
        <FactRow label={t("field.consent")}>
          {t(`consent.${contact.consent ?? "unknown"}`)}
          {contact.consentAt ? <span className="num text-muted"> · {time.date(contact.consentAt)}</span> : null}
        </FactRow>
        <FactRow label={t("field.createdAt")}>
          <time dateTime={contact.createdAt} title={time.full(contact.createdAt)}>
            {time.date(contact.createdAt)}
          </time>
        </FactRow>
      </dl>
    </Section>
  );
}

/** Where a contact can be reached. */
function Channels({ contact }: PartProps) {
  const t = useTranslations("contacts.card");
  const channels = [
    {
      icon: Send,
      text: contact.telegramUserId ? (contact.username ? `@${contact.username}` : contact.telegramUserId) : null,
      note: t("telegram"),
    },
    { icon: Globe, text: contact.personId ? t("customer") : null, note: t("desk") },
    { icon: Phone, text: contact.phone, note: t("byPhone") },
    { icon: Mail, text: contact.email, note: t("byMail") },
    {
      icon: AtSign,
      text: contact.telegramUserId ? null : contact.username && `@${contact.username}`,
      note: t("handle"),
    },
  ].filter(({ text }) => text);
  if (channels.length === 0) return null;
  return (
    <Section title={t("channels")}>
      <ul>
        {channels.map(({ icon, text, note }) => (
          <li key={note} className="flex min-h-7 items-center gap-2.5">
            <Icon of={icon} size={14} className="text-muted" />
            <span className="min-w-0 flex-1 truncate">{text}</span>
            <span className="shrink-0 text-12 text-muted">{note}</span>
          </li>
        ))}
      </ul>
    </Section>
  );
}

type FactsPaneProps = PartProps & {
  /** On a narrow screen they are shown when they are asked for. */
  isOpen: boolean;
  children?: ReactNode;
};

/** What is known of a contact: each fact is changed where it stands. */
export function FactsPane({ contact, isOpen, children }: FactsPaneProps) {
  return (
    <>
      <Head contact={contact} />
      <div className={isOpen ? "" : "max-md:hidden"}>
        <Facts contact={contact} />
        <Channels contact={contact} />
        {children}
      </div>
    </>
  );
}
