import type { BookState } from "@pult/api/chats/address-book/schema.ts";
import type { Session } from "@pult/api/chats/schema.ts";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { CircleAlert, RefreshCw } from "lucide-react";
import { useTranslations } from "next-intl";
import { useTimeText } from "../../../i18n/use-time-text.ts";
import { toFailure } from "../../../trpc/failure.ts";
import { useTRPC } from "../../../trpc/provider.tsx";
import { Banner } from "../../../ui/banner.tsx";
import { Button } from "../../../ui/button.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { Sheet, SheetBody } from "../../../ui/modal.tsx";
import { Skeleton } from "../../../ui/skeleton.tsx";
import { Switch } from "../../../ui/switch.tsx";
import { useFailureText } from "../../shell/use-failure-text.ts";
import { useFailureToast } from "../../shell/use-failure-toast.ts";

/** How soon it is asked again how far a reading is. */
const READING_MS = 1_500;

function Kept({ book, onRead, isAsking }: { book: BookState; onRead: () => void; isAsking: boolean }) {
  const t = useTranslations("chats.addressBook");
  const time = useTimeText();
  const { isDue, keptAt, peopleCount, contactCount, failedBy } = book;
  return (
    <section>
      {failedBy === null ? null : (
        <Banner tone="danger" icon={CircleAlert}>
          {t("failed", { reason: failedBy })}
        </Banner>
      )}
      <dl className="mt-3 divide-y divide-line border-line border-y">
        <div className="flex min-h-9 items-center justify-between gap-4">
          <dt className="text-muted">{t("people")}</dt>
          <dd className="num">{peopleCount}</dd>
        </div>
        <div className="flex min-h-9 items-center justify-between gap-4">
          <dt className="text-muted">{t("contacts")}</dt>
          <dd className="num">{contactCount}</dd>
        </div>
        <div className="flex min-h-9 items-center justify-between gap-4">
          <dt className="text-muted">{t("keptAt")}</dt>
          <dd className="num">
            <span role="status">{isDue ? t("reading") : keptAt ? time.full(keptAt) : t("never")}</span>
          </dd>
        </div>
      </dl>
      <Button onClick={onRead} aria-disabled={isAsking || isDue} className="mt-3">
        <Icon of={RefreshCw} />
        {t("read")}
      </Button>
    </section>
  );
}

/** Whether the CRM keeps in step with an account's contacts in Telegram: its owner's to say. */
export function ContactsSheet({ account, onClose }: { account: Session; onClose: () => void }) {
  const t = useTranslations("chats.addressBook");
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const failed = useFailureToast();
  const failureText = useFailureText();
  const accountId = account.id;
  const query = trpc.chats.addressBook.get.queryOptions(
    { accountId },
    { staleTime: 0, refetchInterval: ({ state }) => (state.data?.isDue ? READING_MS : false) },
  );
  const { data: book, error } = useQuery(query);
  const onSuccess = (next: BookState) => queryClient.setQueryData(query.queryKey, next);
  const keep = useMutation(
    trpc.chats.addressBook.keep.mutationOptions({ onSuccess, onError: failed(t("notChanged")) }),
  );
  const read = useMutation(trpc.chats.addressBook.read.mutationOptions({ onSuccess, onError: failed(t("notRead")) }));
  return (
    <Sheet title={t("title")} onClose={onClose}>
      <SheetBody>
        {error ? <Banner tone="danger">{failureText(toFailure(error))}</Banner> : null}
        {book ? (
          <>
            <div className="flex items-start gap-3">
              <div className="min-w-0 flex-1">
                <p className="pt-3 font-semibold text-13">{t("keep")}</p>
                <ul className="mt-1 list-disc space-y-1 pl-4 text-12 text-muted">
                  <li>{t("hintIn")}</li>
                  <li>{t("hintNames")}</li>
                  <li>{t("hintOut")}</li>
                  <li>{t("hintTeam")}</li>
                </ul>
              </div>
              <Switch
                label={t("keep")}
                checked={keep.isPending ? keep.variables.isOn : book.isOn}
                onChange={(isOn) => keep.mutate({ accountId, isOn })}
              />
            </div>
            {book.isOn ? (
              <Kept book={book} isAsking={read.isPending} onRead={() => !book.isDue && read.mutate({ accountId })} />
            ) : null}
          </>
        ) : error ? null : (
          <Skeleton className="h-32" />
        )}
      </SheetBody>
    </Sheet>
  );
}
