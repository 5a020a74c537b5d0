import type { CrmRecord, Entity, Tag } from "@pult/api/crm/schema.ts";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useTranslations } from "next-intl";
import { useId, useState } from "react";
import { useTRPC } from "../../../trpc/provider.tsx";
import { readAgain } from "../../../trpc/read-again.ts";
import { Button } from "../../../ui/button.tsx";
import { Input } from "../../../ui/field.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { Dialog } from "../../../ui/modal.tsx";
import { Checkbox } from "../../../ui/switch.tsx";
import { useFailureToast } from "../../shell/use-failure-toast.ts";
import { SETUP_KEY } from "../data/keys.ts";
import { useTagging } from "../data/use-record-actions.ts";
import { useTags } from "../data/use-setup.ts";

type TagRowProps = { tag: Tag; isOn: boolean; isMixed: boolean; onChange: (isOn: boolean) => void };

/** A tag that some of the records have is half on, until it is pressed. */
function TagRow({ tag, isOn, isMixed, onChange }: TagRowProps) {
  const id = useId();
  return (
    <li className="flex items-center rounded-2 pr-2 hover:bg-surface-3">
      <Checkbox
        id={id}
        checked={isOn}
        ref={(input) => {
          if (input) input.indeterminate = isMixed;
        }}
        onChange={onChange}
      />
      <label htmlFor={id} className="flex min-w-0 flex-1 items-center gap-2 py-1">
        <span className="min-w-0 flex-1 truncate">{tag.name}</span>
        {isMixed ? <span className="text-11 text-muted">±</span> : null}
        <span className="num text-11 text-muted">{tag.count}</span>
      </label>
    </li>
  );
}

type TagDialogProps = { entity: Entity; records: readonly CrmRecord[]; onClose: () => void };

/** Which tags records have: all of them get and lose the same. */
export function TagDialog({ entity, records, onClose }: TagDialogProps) {
  const t = useTranslations("contacts.tagging");
  const tCommon = useTranslations("common");
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const failed = useFailureToast();
  const tags = useTags();
  const apply = useTagging();
  const [search, setSearch] = useState("");
  const [changed, setChanged] = useState<ReadonlyMap<string, boolean>>(new Map());
  const change = (id: string, isOn: boolean) => setChanged((before) => new Map(before).set(id, isOn));
  const create = useMutation(
    trpc.chats.tags.create.mutationOptions({
      onSuccess(tag) {
        void readAgain(queryClient, SETUP_KEY);
        change(tag.id, true);
        setSearch("");
      },
      onError: failed(t("notCreated")),
    }),
  );
  const name = search.trim();
  const isThere = tags.some((tag) => tag.name.toLowerCase() === name.toLowerCase());
  const found = tags.filter((tag) => tag.name.toLowerCase().includes(name.toLowerCase()));
  const holders = (id: string) => records.filter(({ tags: held }) => held.some((tag) => tag.id === id)).length;
  const createTag = () => !create.isPending && create.mutate({ name });
  const submit = () => {
    const wanted = [...changed];
    onClose();
    if (wanted.length === 0) return;
    void apply({
      entity,
      ids: records.map(({ id }) => id),
      add: wanted.filter(([, isOn]) => isOn).map(([id]) => id),
      remove: wanted.filter(([, isOn]) => !isOn).map(([id]) => id),
    });
  };
  return (
    <Dialog onClose={onClose} title={t("title", { count: records.length })} className="top-24 w-[360px]">
      <form
        noValidate
        className="flex min-h-0 flex-col"
        onSubmit={(event) => {
          event.preventDefault();
          if (name !== "" && !isThere) createTag();
          else submit();
        }}
      >
        <div className="px-4 pt-4 pb-2">
          <Input
            aria-label={t("find")}
            placeholder={t("find")}
            value={search}
            maxLength={60}
            autoComplete="off"
            data-first-focus
            onChange={({ currentTarget }) => setSearch(currentTarget.value)}
            className="max-md:h-11"
          />
        </div>
        <ul aria-label={t("list")} className="scroll-pane max-h-72 px-2">
          {found.map((tag) => (
            <TagRow
              key={tag.id}
              tag={tag}
              isOn={changed.get(tag.id) ?? holders(tag.id) === records.length}
              isMixed={!changed.has(tag.id) && holders(tag.id) > 0 && holders(tag.id) < records.length}
              onChange={(isOn) => change(tag.id, isOn)}
            />
          ))}
        </ul>
        {name !== "" && !isThere ? (
          <Button variant="ghost" onClick={createTag} className="mx-2 justify-start">
            <Icon of={Plus} />
            <span className="truncate">{t("create", { name })}</span>
          </Button>
        ) : null}
        {found.length === 0 && name === "" ? <p className="px-4 text-muted">{t("none")}</p> : null}
        <div className="flex justify-end gap-2 p-4">
          <Button onClick={onClose}>{tCommon("cancel")}</Button>
          <Button variant="primary" onClick={submit}>
            {t("apply")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
