import type { CrmRecord, Entity } from "@pult/api/crm/schema.ts";
import { useQueryClient } from "@tanstack/react-query";
import { Tag, Trash2, UserPlus } from "lucide-react";
import { useTranslations } from "next-intl";
import type { WebClient } from "../../../trpc/client.ts";
import { inOrder } from "../../../trpc/in-order.ts";
import { useTRPCClient } from "../../../trpc/provider.tsx";
import { readAgain } from "../../../trpc/read-again.ts";
import { showToast } from "../../../ui/toast-manager.ts";
import { showDone } from "../../shell/undo.ts";
import { useFailureToast } from "../../shell/use-failure-toast.ts";
import { CRM_KEY, recordKey } from "./keys.ts";
import { dropRecords, putRecord, readListsSoon } from "./records-cache.ts";

/** What a call changes of a record: columns by name, custom fields in `fields`. */
export type Changes = {
  fields?: CrmRecord["fields"];
  [column: string]: string | null | undefined | CrmRecord["fields"];
};

/** @param record as it was seen: the server refuses the change when it is another by now */
export function updateRecord({ chats }: WebClient, record: CrmRecord, changes: Changes): Promise<CrmRecord> {
  const input = { ...changes, id: record.id, version: record.version } as never;
  if (record.entity === "contact") return chats.contacts.update.mutate(input);
  if (record.entity === "company") return chats.companies.update.mutate(input);
  return chats.deals.update.mutate(input);
}

const REMOVE = { contact: "contacts", company: "companies", deal: "deals" } as const;

/** Change and delete one record: at once on the screen, and taken back when the server refuses. */
export function useRecordActions() {
  const t = useTranslations("contacts");
  const client = useTRPCClient();
  const queryClient = useQueryClient();
  const failed = useFailureToast();

  /** @returns the record as it is now; null when the server refused */
  async function update(
    record: CrmRecord,
    changes: Changes,
    shown: Partial<CrmRecord> = {},
  ): Promise<CrmRecord | null> {
    const { fields, ...columns } = changes;
    const optimistic = { ...record, ...columns, ...shown, fields: { ...record.fields, ...fields } } as CrmRecord;
    putRecord(queryClient, optimistic);
    try {
      const updated = await inOrder(`record ${record.id}`, () => updateRecord(client, record, changes));
      putRecord(queryClient, updated);
      readListsSoon(queryClient);
      return updated;
    } catch (error) {
      putRecord(queryClient, record);
      void readAgain(queryClient, recordKey(record.entity, record.id));
      failed(t("notSaved", { name: record.name }))(error);
      return null;
    }
  }

  async function remove({ entity, id, name }: CrmRecord): Promise<boolean> {
    try {
      await client.chats[REMOVE[entity]].delete.mutate({ id });
      dropRecords(queryClient, new Set([id]));
      readListsSoon(queryClient);
      showToast({ icon: Trash2, title: t("deleted", { name }) });
      return true;
    } catch (error) {
      failed(t("notDeleted", { name }))(error);
      return false;
    }
  }
  return { update, remove };
}

/** At once, so that tRPC sends them together. */
const AT_ONCE = 20;

type Owner = { ownerId: string | null; name: string | null };

/** Gives many records an owner; undone by giving each the one it had. */
export function useSetOwner() {
  const t = useTranslations("contacts.bulk");
  const tCommon = useTranslations("common");
  const client = useTRPCClient();
  const queryClient = useQueryClient();
  const failed = useFailureToast();

  async function setOwners(records: readonly CrmRecord[], ownerOf: (record: CrmRecord) => Owner): Promise<CrmRecord[]> {
    const done: CrmRecord[] = [];
    let refusal: unknown = null;
    for (const record of records) putRecord(queryClient, withOwner(record, ownerOf(record)));
    for (let at = 0; at < records.length; at += AT_ONCE) {
      const some = records.slice(at, at + AT_ONCE);
      const answers = await Promise.allSettled(
        some.map((record) => updateRecord(client, record, { ownerId: ownerOf(record).ownerId })),
      );
      answers.forEach((answer, index) => {
        if (answer.status === "fulfilled") done.push(answer.value);
        else refusal = answer.reason;
        const shown = answer.status === "fulfilled" ? answer.value : some[index];
        if (shown) putRecord(queryClient, shown);
      });
    }
    if (refusal) failed(t("notAll", { done: done.length, count: records.length }))(refusal);
    if (refusal) void readAgain(queryClient, CRM_KEY);
    return done;
  }

  return async (records: readonly CrmRecord[], owner: Owner): Promise<void> => {
    const before = new Map(records.map(({ id, ownerId, ownerName }) => [id, { ownerId, name: ownerName }]));
    const done = await setOwners(records, () => owner);
    if (done.length === 0) return;
    showDone({
      icon: UserPlus,
      title: owner.name
        ? t("ownerSet", { count: done.length, name: owner.name })
        : t("ownerCleared", { count: done.length }),
      undoLabel: tCommon("undo"),
      undo: () => void setOwners(done, ({ id }) => before.get(id) ?? { ownerId: null, name: null }),
    });
  };
}

const withOwner = (record: CrmRecord, { ownerId, name }: Owner): CrmRecord => ({ ...record, ownerId, ownerName: name });

type TagChange = { entity: Entity; ids: readonly string[]; add: readonly string[]; remove: readonly string[] };

/** Tags and untags many records as one action, which can be taken back as one. */
export function useTagging() {
  const t = useTranslations("contacts.bulk");
  const tCommon = useTranslations("common");
  const client = useTRPCClient();
  const queryClient = useQueryClient();
  const failed = useFailureToast();
  const readAll = () => void readAgain(queryClient, CRM_KEY);

  return async ({ entity, ids, add, remove }: TagChange): Promise<boolean> => {
    try {
      const { batch, count } = await client.chats.tags.assign.mutate({
        entity,
        ids: [...ids],
        add: [...add],
        remove: [...remove],
      });
      readAll();
      const undo = () => client.chats.tags.undo.mutate({ batch }).then(readAll, failed(t("notUndone")));
      if (count > 0)
        showDone({
          icon: Tag,
          title: t("tagged", { count }),
          undoLabel: tCommon("undo"),
          undo: () => void undo(),
        });
      return true;
    } catch (error) {
      failed(t("notTagged"))(error);
      return false;
    }
  };
}
