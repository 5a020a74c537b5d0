import type { Session } from "@pult/api/auth/account/schema.ts";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Globe, Laptop, LogOut, type LucideIcon, Smartphone } from "lucide-react";
import { useTranslations } from "next-intl";
import { useState } from "react";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { useTRPC } from "../../../trpc/provider.tsx";
import { Button } from "../../../ui/button.tsx";
import { ConfirmDialog } from "../../../ui/confirm-dialog.tsx";
import { cx } from "../../../ui/cx.ts";
import { Icon } from "../../../ui/icon.tsx";
import { Dot } from "../../../ui/marks.tsx";
import { cellClass, metaCellClass, Table, WIDE_ONLY, WIDEST_ONLY } from "../../../ui/table.tsx";
import { showToast } from "../../../ui/toast-manager.ts";
import { SectionState } from "../../settings/section.tsx";
import { useFailureToast } from "../../shell/use-failure-toast.ts";
import { useDeviceText } from "./device-text.ts";

function iconOf(userAgent: string): LucideIcon {
  if (/android|iphone|ipad|mobile/i.test(userAgent)) return Smartphone;
  return /windows|mac os|linux|cros/i.test(userAgent) ? Laptop : Globe;
}

/** Ends sessions; each ends on the spot, also where it is open. */
function useRevoke(onDone: () => void) {
  const t = useTranslations("security");
  const trpc = useTRPC();
  const failed = useFailureToast();
  return useMutation(
    trpc.auth.sessions.revoke.mutationOptions({
      onSuccess: ({ ended }) => showToast({ icon: LogOut, title: t("ended", { count: ended }) }),
      onError: failed(t("notEnded")),
      onSettled: onDone,
    }),
  );
}

function SessionRow({ session, onEnd, isBusy }: { session: Session; onEnd: () => void; isBusy: boolean }) {
  const t = useTranslations("security");
  const time = useTimeText();
  const { userAgent, device, method, ip, createdAt, lastSeenAt, isCurrent } = session;
  const deviceText = useDeviceText();
  const seen = isCurrent ? t("now") : time.moment(lastSeenAt);
  return (
    <tr>
      <td className={cellClass("max-md:w-full max-md:max-w-0 md:w-64 md:max-w-64")} title={userAgent}>
        <span className="flex min-w-0 items-center gap-2">
          <Icon of={iconOf(userAgent)} className="text-muted" />
          <span className="min-w-0">
            <span className="block truncate font-medium">{deviceText(device)}</span>
            <span className="block truncate text-12 text-muted md:hidden">
              {ip} · {seen}
            </span>
          </span>
        </span>
      </td>
      <td className={cx(metaCellClass, WIDEST_ONLY)}>{t(`method.${method}`)}</td>
      <td className={cx(metaCellClass, WIDE_ONLY, "font-mono text-12")}>{ip}</td>
      <td className={cx(metaCellClass, WIDEST_ONLY)} title={time.full(createdAt)}>
        {time.moment(createdAt)}
      </td>
      <td className={cx(metaCellClass, WIDE_ONLY)} title={time.full(lastSeenAt)}>
        {seen}
      </td>
      <td className={cellClass("w-32 whitespace-nowrap text-right")}>
        {isCurrent ? (
          <span className="inline-flex items-center gap-1.5">
            <Dot tone="success" />
            {t("thisOne")}
          </span>
        ) : (
          <Button size="sm" aria-disabled={isBusy} onClick={() => !isBusy && onEnd()}>
            {t("signOutOne")}
          </Button>
        )}
      </td>
    </tr>
  );
}

export function SessionTable() {
  const t = useTranslations();
  const trpc = useTRPC();
  const query = useQuery(trpc.auth.sessions.list.queryOptions(undefined, { staleTime: 0 }));
  const [isAsking, setAsking] = useState(false);
  const revoke = useRevoke(() => setAsking(false));
  const sessions = query.data?.sessions;
  const others = sessions?.filter(({ isCurrent }) => !isCurrent).length ?? 0;
  return (
    <section aria-labelledby="sessions">
      <header className="flex min-h-11 items-center gap-2 px-4">
        <h2 id="sessions" className="font-semibold text-14">
          {t("security.sessions")}
        </h2>
        {sessions ? <span className="num text-12 text-muted">{sessions.length}</span> : null}
        {others > 0 ? (
          <Button size="sm" className="ml-auto text-danger" onClick={() => setAsking(true)}>
            {t("security.signOutOthers")}
          </Button>
        ) : null}
      </header>
      {sessions ? (
        <Table
          columns={[
            { label: t("security.device") },
            { label: t("security.methodHead"), from: "widest" },
            { label: t("security.address"), from: "wide" },
            { label: t("security.since"), from: "widest" },
            { label: t("security.lastSeen"), from: "wide" },
          ]}
          last={t("security.stateHead")}
        >
          {sessions.map((session) => (
            <SessionRow
              key={session.id}
              session={session}
              isBusy={revoke.isPending}
              onEnd={() => revoke.mutate({ id: session.id })}
            />
          ))}
        </Table>
      ) : (
        <SectionState error={query.error} onRetry={() => query.refetch()} />
      )}
      {isAsking ? (
        <ConfirmDialog
          title={t("security.signOutOthers")}
          text={<p>{t("security.signOutOthersText", { count: others })}</p>}
          action={t("shell.signOut")}
          isBusy={revoke.isPending}
          onClose={() => setAsking(false)}
          onConfirm={() => revoke.mutate({ others: true })}
        />
      ) : null}
    </section>
  );
}
