import type { Company, Contact } from "@pult/api/crm/schema.ts";
import { Building2 } from "lucide-react";
import { useTranslations } from "next-intl";
import { type ReactNode, useMemo } from "react";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { Avatar } from "../../../ui/avatar.tsx";
import { Chip } from "../../../ui/chip.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { useMoney } from "../money.ts";
import type { RecordColumn } from "./record-table.tsx";

export const NONE = <span className="text-muted">–</span>;

export const text = (value: string | null | undefined): ReactNode =>
  value ? (
    <span dir="auto" title={value}>
      {value}
    </span>
  ) : (
    NONE
  );

/** What people reach a contact by, the shortest name first. */
export const handleOf = ({ username, phone, email }: Contact): string =>
  username ? `@${username}` : (phone ?? email ?? "");

const MAX_TAGS = 2;

export function TagChips({ tags }: { tags: Contact["tags"] }) {
  if (tags.length === 0) return null;
  const title = tags.map(({ name }) => name).join(", ");
  return (
    <span title={title} className="flex gap-1 overflow-hidden">
      {tags.slice(0, MAX_TAGS).map(({ id, name }) => (
        <Chip key={id} className="shrink">
          <span className="truncate">{name}</span>
        </Chip>
      ))}
      {tags.length > MAX_TAGS ? <Chip>+{tags.length - MAX_TAGS}</Chip> : null}
    </span>
  );
}

/** Name and, where there are no other columns, what matters most of them. */
export function NameCell({ lead, name, second }: { lead: ReactNode; name: string; second: string }) {
  return (
    <span className="flex min-w-0 items-center gap-3">
      {lead}
      <span className="min-w-0 flex-1">
        <span dir="auto" title={name} className="block truncate text-start font-medium text-fg max-md:text-14">
          {name}
        </span>
        <span className="block truncate text-12 text-muted md:hidden">{second}</span>
      </span>
    </span>
  );
}

export function useCommonColumns() {
  const t = useTranslations("contacts.column");
  return useMemo(
    () =>
      ({
        owner: {
          id: "owner",
          label: t("owner"),
          width: "12%",
          from: "wide",
          render: ({ ownerName }: { ownerName: string | null }) => text(ownerName),
        },
        tags: {
          id: "tags",
          label: t("tags"),
          width: "14%",
          from: "widest",
          render: ({ tags }: Pick<Contact, "tags">) => <TagChips tags={tags} />,
        },
      }) as const,
    [t],
  );
}

export function useContactColumns(): RecordColumn<Contact>[] {
  const t = useTranslations("contacts.column");
  const common = useCommonColumns();
  const time = useTimeText();
  const { moneys } = useMoney();
  return useMemo(() => {
    const joined = (...parts: string[]) => parts.filter(Boolean).join(" · ");
    const last = ({ lastContactAt }: Contact) =>
      lastContactAt ? (
        <time
          dateTime={lastContactAt}
          title={time.full(lastContactAt)}
          className="block max-md:text-right max-md:text-12"
        >
          {time.short(lastContactAt)}
        </time>
      ) : (
        <span className="text-muted max-md:hidden">–</span>
      );
    return [
      {
        id: "name",
        label: t("person"),
        sort: "name",
        from: "always",
        render: (contact) => (
          <NameCell
            lead={<Avatar name={contact.name} size={28} />}
            name={contact.name}
            second={joined(contact.companyName ?? handleOf(contact), moneys(contact.openAmounts))}
          />
        ),
      },
      {
        id: "handle",
        label: t("handle"),
        width: "14%",
        from: "widest",
        render: (contact) => text(handleOf(contact)),
      },
      {
        id: "company",
        label: t("company"),
        width: "13%",
        from: "wide",
        render: ({ companyName }) => text(companyName),
      },
      {
        id: "open",
        label: t("openDeals"),
        width: "104px",
        from: "wide",
        isRight: true,
        render: ({ openAmounts }) => {
          const sum = moneys(openAmounts);
          return sum ? <span className="text-fg">{sum}</span> : NONE;
        },
      },
      common.owner,
      common.tags,
      { id: "last", label: t("lastContact"), width: "116px", sort: "lastContactAt", from: "always", render: last },
    ];
  }, [t, common, time, moneys]);
}

export function useCompanyColumns(): RecordColumn<Company>[] {
  const t = useTranslations("contacts.column");
  const tContacts = useTranslations("contacts");
  const common = useCommonColumns();
  const time = useTimeText();
  const { moneys } = useMoney();
  return useMemo(
    () => [
      {
        id: "name",
        label: t("name"),
        sort: "name",
        from: "always",
        render: ({ name, contactCount, website }) => (
          <NameCell
            lead={
              <span className="grid size-7 shrink-0 place-items-center rounded-2 bg-surface-4 text-fg-2">
                <Icon of={Building2} size={14} />
              </span>
            }
            name={name}
            second={[tContacts("contactCount", { count: contactCount }), website].filter(Boolean).join(" · ")}
          />
        ),
      },
      {
        id: "website",
        label: t("website"),
        width: "16%",
        from: "wide",
        render: ({ website }) => text(website),
      },
      {
        id: "contacts",
        label: t("contacts"),
        width: "80px",
        from: "wide",
        isRight: true,
        render: ({ contactCount }) => contactCount,
      },
      {
        id: "open",
        label: t("openDeals"),
        width: "104px",
        from: "always",
        isRight: true,
        render: ({ openAmounts }) => {
          const sum = moneys(openAmounts);
          return sum ? <span className="text-fg">{sum}</span> : NONE;
        },
      },
      common.owner,
      common.tags,
      {
        id: "updated",
        label: t("updated"),
        width: "96px",
        sort: "updatedAt",
        from: "wide",
        render: ({ updatedAt }) => (
          <time dateTime={updatedAt} title={time.full(updatedAt)}>
            {time.short(updatedAt)}
          </time>
        ),
      },
    ],
    [t, tContacts, common, time, moneys],
  );
}
