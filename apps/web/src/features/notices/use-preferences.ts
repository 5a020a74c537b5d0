import type { NoticePreferences, setPreferencesInput } from "@pult/api/notices/schema.ts";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import type { z } from "zod";
import { useTRPC } from "../../trpc/provider.tsx";
import { useFailureToast } from "../shell/use-failure-toast.ts";

export type PreferenceChanges = z.input<typeof setPreferencesInput>;

/** What the agent wants to hear of; read again on coming back, as another tab may have changed it. */
export function usePreferences() {
  const trpc = useTRPC();
  return useQuery(
    trpc.notifications.preferences.get.queryOptions(undefined, { staleTime: 0, refetchOnWindowFocus: true }),
  );
}

/** Preferences with changes laid over them; kinds are changed one by one. */
export function withChanges(preferences: NoticePreferences, { kinds = {}, ...changes }: PreferenceChanges) {
  const changed = { ...preferences, ...changes, kinds: { ...preferences.kinds } } as NoticePreferences;
  for (const [kind, fields] of Object.entries(kinds)) {
    const before = preferences.kinds[kind];
    if (before) changed.kinds[kind] = { ...before, ...fields } as typeof before;
  }
  return changed;
}

/** Changes them: at once on the screen, and taken back when the server refuses. */
export function useSetPreferences() {
  const t = useTranslations("notices");
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const failed = useFailureToast();
  const queryKey = trpc.notifications.preferences.get.queryKey();
  return useMutation(
    trpc.notifications.preferences.set.mutationOptions({
      // In the order of the clicks: a later answer must not be an earlier state.
      scope: { id: "notice-preferences" },
      onMutate: (changes) => {
        // What is being read may be older than this. In the tick of the click, or the box would fall back for a moment.
        void queryClient.cancelQueries({ queryKey }, { revert: false, silent: true });
        queryClient.setQueryData(queryKey, (known) => known && withChanges(known, changes));
      },
      onError: failed(t("notSaved")),
      onSettled: () => queryClient.invalidateQueries({ queryKey }),
    }),
  );
}
