import type { Share } from "@pult/api/chats/inputs.ts";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Trash2 } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { useStore } from "zustand";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { toFailure } from "../../../trpc/failure.ts";
import { useTRPC } from "../../../trpc/provider.tsx";
import { readAgain } from "../../../trpc/read-again.ts";
import { Banner } from "../../../ui/banner.tsx";
import { Button } from "../../../ui/button.tsx";
import { IconButton } from "../../../ui/icon-button.tsx";
import { Select } from "../../../ui/select.tsx";
import { Skeleton } from "../../../ui/skeleton.tsx";
import { useAgent, useMay } from "../../auth/agent-context.tsx";
import { useFailureText } from "../../shell/use-failure-text.ts";
import { useFailureToast } from "../../shell/use-failure-toast.ts";
import { listedChats } from "../chat-list-state.ts";
import { useChatsAddress } from "../chats-address.ts";
import { useOpenAccount } from "../use-account-chats.ts";

const LEVELS = ["none", "metadata", "read", "write"] as const;
const HOUR_MS = 3_600_000;
const LASTS = { always: null, hour: HOUR_MS, day: 24 * HOUR_MS, week: 168 * HOUR_MS, month: 720 * HOUR_MS } as const;
type Lasts = keyof typeof LASTS;

/** What names a grant: who, and for which chats. */
const keyOf = ({ role, memberId, chatId }: Pick<Share, "role" | "memberId" | "chatId">) => ({
  ...(role === null ? {} : { role }),
  ...(memberId === null ? {} : { memberId }),
  ...(chatId === null ? {} : { chatId }),
});

function useShare(accountId: string) {
  const t = useTranslations("chats.access");
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const failed = useFailureToast();
  return useMutation(
    trpc.chats.accounts.share.mutationOptions({
      onSettled: () => readAgain(queryClient, trpc.chats.accounts.shares.queryKey({ accountId })),
      onError: failed(t("shareFailed")),
    }),
  );
}

function ShareRow({ share, accountId }: { share: Share; accountId: string }) {
  const t = useTranslations("chats.access");
  const time = useTimeText();
  const change = useShare(accountId);
  const name = share.role ?? share.memberName ?? t("unnamed");
  const access = change.isPending ? (change.variables.access ?? "none") : share.access;
  const key = { accountId, ...keyOf(share) };
  return (
    <li className="flex min-h-12 items-center gap-2 py-1.5">
      <span className="min-w-0 flex-1">
        <span dir="auto" className="block truncate font-medium">
          {name}
        </span>
        <span dir="auto" className="num block text-12 text-muted [overflow-wrap:anywhere]">
          {[
            share.role === null ? null : t("role"),
            share.chatId === null ? t("allChats") : (share.chatTitle ?? share.chatId),
            share.until === null ? null : t("until", { time: time.full(share.until) }),
          ]
            .filter(Boolean)
            .join(" · ")}
        </span>
      </span>
      <Select
        label={t("of", { name })}
        value={access}
        options={LEVELS.map((value) => ({ value, label: t(`level.${value}`) }))}
        onChange={(level) => change.mutate({ ...key, access: level, until: share.until })}
      />
      <IconButton icon={Trash2} label={t("remove", { name })} onClick={() => change.mutate({ ...key, access: null })} />
    </li>
  );
}

/** Roles and members of the team, as far as the caller may list them. */
function useGrantees(): { value: string; label: string }[] {
  const t = useTranslations("chats.access");
  const trpc = useTRPC();
  const { id: ownId } = useAgent();
  const roles = useQuery(trpc.auth.roles.list.queryOptions(undefined, { retry: false }));
  const agents = useQuery(trpc.support.agents.queryOptions(undefined, { enabled: useMay()("support:read") }));
  return [
    ...(agents.data?.agents ?? [])
      .filter(({ id }) => id !== ownId)
      .map(({ id, name }) => ({ value: `member:${id}`, label: name })),
    ...(roles.data?.roles ?? []).map(({ name }) => ({ value: `role:${name}`, label: t("roleOf", { name }) })),
  ];
}

/** Chats that are known, the open one first. */
function useChoices(): { value: string; label: string }[] {
  const t = useTranslations("chats.access");
  const { chat: openId } = useChatsAddress();
  const { list } = useStore(useOpenAccount().state);
  const chats = list ? listedChats(list).toSorted((a, b) => Number(b.id === openId) - Number(a.id === openId)) : [];
  return [{ value: "", label: t("allChats") }, ...chats.map(({ id, title }) => ({ value: id, label: title }))];
}

function NewShare({ accountId }: { accountId: string }) {
  const t = useTranslations("chats.access");
  const share = useShare(accountId);
  const grantees = useGrantees();
  const choices = useChoices();
  const [chosen, setWhom] = useState("");
  const [chatId, setChatId] = useState("");
  const [access, setAccess] = useState<(typeof LEVELS)[number]>("read");
  const [lasts, setLasts] = useState<Lasts>("always");
  const whom = grantees.some(({ value }) => value === chosen) ? chosen : (grantees[0]?.value ?? "");
  const give = () => {
    const [kind, ...rest] = whom.split(":");
    const id = rest.join(":");
    const ms = LASTS[lasts];
    share.mutate({
      accountId,
      ...(kind === "role" ? { role: id } : { memberId: id }),
      ...(chatId === "" ? {} : { chatId }),
      access,
      until: ms === null ? null : new Date(Date.now() + ms).toISOString(),
    });
  };
  return (
    <form
      aria-label={t("give")}
      className="mt-3 grid grid-cols-2 gap-3 max-sm:grid-cols-1"
      onSubmit={(event) => {
        event.preventDefault();
        give();
      }}
    >
      <Select look="field" caption label={t("whom")} value={whom} options={grantees} onChange={setWhom} />
      <Select look="field" caption label={t("which")} value={chatId} options={choices} onChange={setChatId} />
      <Select
        look="field"
        caption
        label={t("what")}
        value={access}
        options={LEVELS.map((value) => ({ value, label: t(`level.${value}`) }))}
        onChange={setAccess}
      />
      <Select
        look="field"
        caption
        label={t("howLong")}
        value={lasts}
        options={(Object.keys(LASTS) as Lasts[]).map((value) => ({ value, label: t(`lasts.${value}`) }))}
        onChange={setLasts}
      />
      <Button type="submit" aria-disabled={whom === "" || share.isPending} className="justify-self-start max-md:h-11">
        {t("give")}
      </Button>
    </form>
  );
}

/** Who of the team sees the account or some of its chats, and for how long. */
export function Shares({ accountId }: { accountId: string }) {
  const t = useTranslations("chats.access");
  const trpc = useTRPC();
  const failureText = useFailureText();
  const shares = useQuery(trpc.chats.accounts.shares.queryOptions({ accountId }, { staleTime: 0 }));
  if (shares.isError) return <Banner tone="danger">{failureText(toFailure(shares.error))}</Banner>;
  if (!shares.data) return <Skeleton className="h-24" />;
  return (
    <section>
      <h3 className="font-semibold text-13">{t("title")}</h3>
      <p className="mt-0.5 mb-2 text-12 text-muted">{t("hint")}</p>
      {shares.data.items.length === 0 ? <p className="text-13 text-fg-2">{t("noShares")}</p> : null}
      <ul className="divide-y divide-line border-line border-y empty:hidden">
        {shares.data.items.map((share) => (
          <ShareRow key={JSON.stringify(keyOf(share))} share={share} accountId={accountId} />
        ))}
      </ul>
      <NewShare accountId={accountId} />
    </section>
  );
}
