"use client";

import type { ApiKey } from "@pult/api/auth/schema.ts";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Ban, KeyRound, Plus, SearchX } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { useTRPC } from "../../../trpc/provider.tsx";
import { Button } from "../../../ui/button.tsx";
import { ConfirmDialog } from "../../../ui/confirm-dialog.tsx";
import { EmptyState } from "../../../ui/empty-state.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { lazyModule } from "../../../ui/lazy.tsx";
import { SearchField } from "../../../ui/search-field.tsx";
import { showToast } from "../../../ui/toast-manager.ts";
import { SectionState, SettingsHeader } from "../../settings/section.tsx";
import { useFailureToast } from "../../shell/use-failure-toast.ts";
import { allowed, useMay } from "../agent-context.tsx";
import { KeyTable } from "./key-table.tsx";

/** Cannot be undone, so it is asked about: what uses the key stops at once. */
function RevokeKeyDialog({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }) {
  const t = useTranslations();
  const trpc = useTRPC();
  const failed = useFailureToast();
  const revoke = useMutation(
    trpc.auth.apiKeys.revoke.mutationOptions({
      onSuccess: () => {
        showToast({ icon: Ban, title: t("apiKeys.revoked", { name: apiKey.name }) });
        onClose();
      },
      onError: failed(t("apiKeys.revokeFailed")),
    }),
  );
  return (
    <ConfirmDialog
      isDanger
      title={t("apiKeys.revokeTitle", { name: apiKey.name })}
      text={<p>{t("apiKeys.revokeText")}</p>}
      action={t("apiKeys.revoke")}
      isBusy={revoke.isPending}
      onClose={onClose}
      onConfirm={() => revoke.mutate({ id: apiKey.id })}
    />
  );
}

const CreateKeySheet = lazyModule(() => import("./create-key-sheet.tsx")).part((module) => module.CreateKeySheet);

const matches = (key: ApiKey, search: string) =>
  `${key.name} ${key.hint} ${key.scopes.join(" ")}`.toLowerCase().includes(search.trim().toLowerCase());

function Keys() {
  const t = useTranslations("apiKeys");
  const trpc = useTRPC();
  const mayWrite = useMay()("auth:write");
  const keys = useQuery(trpc.auth.apiKeys.list.queryOptions(undefined, { staleTime: 0 }));
  const [search, setSearch] = useState("");
  const [isCreating, setCreating] = useState(false);
  const [revoking, setRevoking] = useState<ApiKey | null>(null);
  const all = keys.data?.apiKeys;
  const found = all?.filter((key) => matches(key, search));
  const create = (
    <Button variant="primary" onClick={() => setCreating(true)}>
      <Icon of={Plus} />
      {t("create")}
    </Button>
  );

  const content = () => {
    if (!all || !found) return <SectionState error={keys.error} onRetry={() => keys.refetch()} />;
    if (all.length === 0) {
      return (
        <EmptyState icon={KeyRound} title={t("empty")} hint={t("emptyHint")}>
          {mayWrite ? create : null}
        </EmptyState>
      );
    }
    if (found.length === 0) return <EmptyState icon={SearchX} title={t("notFound", { query: search })} role="status" />;
    return <KeyTable keys={found} onRevoke={mayWrite ? setRevoking : null} />;
  };
  return (
    <>
      <SettingsHeader title={t("title")} count={all?.length}>
        <SearchField label={t("find")} value={search} onChange={setSearch} className="w-50 max-md:hidden" />
        {mayWrite ? create : null}
      </SettingsHeader>
      <p className="border-line border-b px-4 py-3 text-muted">{t("about")}</p>
      <div className="scroll-pane flex min-h-0 flex-1 flex-col">{content()}</div>
      {isCreating ? <CreateKeySheet onClose={() => setCreating(false)} /> : null}
      {revoking ? <RevokeKeyDialog apiKey={revoking} onClose={() => setRevoking(null)} /> : null}
    </>
  );
}

export const KeysPage = allowed("auth:read", Keys);
