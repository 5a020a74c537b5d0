import type { Contact, DuplicateGroup } from "@pult/api/crm/schema.ts";
import { CircleCheck } from "lucide-react";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { Avatar } from "../../../ui/avatar.tsx";
import { Button } from "../../../ui/button.tsx";
import { EmptyState } from "../../../ui/empty-state.tsx";
import { lazyModule } from "../../../ui/lazy.tsx";
import { LoadMore } from "../../../ui/load-more.tsx";
import { useMay } from "../../auth/agent-context.tsx";
import { SectionState } from "../../settings/section.tsx";
import { recordHref } from "../contacts-href.ts";
import { useDuplicates } from "../data/use-duplicates.ts";
import { Section } from "./facts-pane.tsx";

const MergeDialog = lazyModule(() => import("./merge-dialog.tsx")).part((module) => module.MergeDialog);

type Pair = readonly [string, string];

function PersonLine({ contact, detail }: { contact: Contact; detail: string }) {
  return (
    <Link
      href={recordHref("contact", contact.id)}
      prefetch={false}
      className="flex min-w-0 flex-1 items-center gap-3 rounded-2 py-1"
    >
      <Avatar name={contact.name} size={28} />
      <span className="min-w-0 flex-1">
        <span dir="auto" className="block truncate font-medium">
          {contact.name}
        </span>
        <span className="block truncate text-12 text-muted">{detail}</span>
      </span>
    </Link>
  );
}

/** In a contact's card: who may be the same person. */
export function DuplicatesOf({ contact }: { contact: Contact }) {
  const t = useTranslations("contacts.merge");
  const router = useRouter();
  const mayWrite = useMay()("chats:write");
  const [compared, setCompared] = useState<Pair | null>(null);
  const groups = useDuplicates({ contactId: contact.id }).data?.pages.flatMap(({ items }) => items) ?? [];
  const others = new Map<string, { other: Contact; reason: DuplicateGroup["reason"] }>();
  for (const { contacts, reason } of groups)
    for (const other of contacts) if (other.id !== contact.id) others.set(other.id, { other, reason });
  if (others.size === 0 && !compared) return null;
  return (
    <Section title={t("maybe")} aside={<span className="num font-normal text-11 text-muted">{others.size}</span>}>
      <ul>
        {[...others.values()].map(({ other, reason }) => (
          <li key={other.id} className="flex items-center gap-2">
            <PersonLine contact={other} detail={t(`same.${reason}`)} />
            {mayWrite ? (
              <Button size="sm" onClick={() => setCompared([contact.id, other.id])}>
                {t("compare")}
              </Button>
            ) : null}
          </li>
        ))}
      </ul>
      {compared ? (
        <MergeDialog
          ids={compared}
          onClose={() => setCompared(null)}
          onMerged={(kept) => kept.id !== contact.id && router.replace(recordHref("contact", kept.id))}
        />
      ) : null}
    </Section>
  );
}

/** All contacts that may be one, in groups. */
export function DuplicateList() {
  const t = useTranslations("contacts.merge");
  const mayWrite = useMay()("chats:write");
  const list = useDuplicates();
  const [compared, setCompared] = useState<Pair | null>(null);
  if (!list.data) return <SectionState error={list.error} onRetry={() => list.refetch()} />;
  const groups = list.data.pages.flatMap(({ items }) => items);
  const pairOf = ({ contacts: [first, second] }: DuplicateGroup): Pair | null =>
    first && second ? [first.id, second.id] : null;
  return (
    <div className="scroll-pane min-h-0 min-w-0 flex-1">
      {groups.length === 0 ? <EmptyState icon={CircleCheck} title={t("none")} hint={t("noneHint")} /> : null}
      <ul>
        {groups.map((group) => {
          const pair = pairOf(group);
          return (
            <li
              key={`${group.reason} ${group.value}`}
              className="flex items-center gap-4 border-line border-b px-4 py-2 max-md:flex-wrap"
            >
              <span className="w-44 shrink-0 max-md:w-full">
                <span className="block font-medium">{t(`same.${group.reason}`)}</span>
                <span title={group.value} className="num block truncate text-12 text-muted">
                  {group.value}
                </span>
              </span>
              <span className="grid min-w-0 flex-1 gap-x-4 sm:grid-cols-2">
                {group.contacts.map((contact) => (
                  <PersonLine
                    key={contact.id}
                    contact={contact}
                    detail={contact.companyName ?? contact.ownerName ?? ""}
                  />
                ))}
              </span>
              {mayWrite && pair ? (
                <Button size="sm" onClick={() => setCompared(pair)}>
                  {t("compare")}
                </Button>
              ) : null}
            </li>
          );
        })}
      </ul>
      {list.hasNextPage ? <LoadMore list={list} more={t("more")} end="" /> : null}
      {compared ? <MergeDialog ids={compared} onClose={() => setCompared(null)} onMerged={() => {}} /> : null}
    </div>
  );
}
