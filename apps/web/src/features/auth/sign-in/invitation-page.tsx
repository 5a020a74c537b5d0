"use client";

import { acceptInput, type OpenInvitation } from "@pult/api/auth/team/schema.ts";
import { useMutation } from "@tanstack/react-query";
import { useTranslations } from "next-intl";
import { useTRPC } from "../../../trpc/provider.tsx";
import { useErrorText } from "../../shell/use-failure-text.ts";
import { NameField, NewPasswordField } from "../fields.tsx";
import { useRoleText } from "../role-text.ts";
import { useSchemaForm } from "../use-schema-form.ts";
import { LinkForm, linkEnds } from "./link-form.tsx";
import { LinkPage, type OpenLink } from "./link-page.tsx";

function AcceptForm({ token, subject, onStale }: OpenLink<OpenInvitation>) {
  const t = useTranslations();
  const trpc = useTRPC();
  const roleText = useRoleText();
  const errorText = useErrorText();
  const accept = useMutation(trpc.auth.team.accept.mutationOptions(linkEnds(onStale)));
  const form = useSchemaForm(acceptInput, {
    defaultValues: { token, name: subject.name ?? "", password: "" },
  });
  const { errors } = form.formState;
  const isBusy = accept.isPending || accept.isSuccess;
  const role = roleText(subject);
  return (
    <LinkForm
      onSubmit={form.handleSubmit((input) => !isBusy && accept.mutate(input))}
      submitLabel={t("invitation.submit")}
      isHeld={isBusy}
    >
      <p className="text-fg-2">
        {subject.invitedBy ? t("invitation.by", { name: subject.invitedBy, role }) : t("invitation.plain", { role })}
      </p>
      <dl className="rounded-2 bg-surface-2 px-3 py-2">
        <dt className="text-12 text-muted">{t("signIn.email")}</dt>
        <dd>{subject.email}</dd>
      </dl>
      <input type="text" readOnly hidden autoComplete="username" value={subject.email} />
      <NameField {...form.register("name")} isMissing={errors.name !== undefined} autoFocus={!subject.name} />
      <NewPasswordField
        {...form.register("password", { onChange: () => accept.reset() })}
        label={t("signIn.password")}
        error={(errors.password && t("security.passwordShort")) ?? errorText(accept.error)}
        autoFocus={Boolean(subject.name)}
      />
    </LinkForm>
  );
}

export function InvitationPage() {
  const t = useTranslations("invitation");
  return (
    <LinkPage
      title={t("title")}
      staleHint={t("stale")}
      check={(client, token) => client.auth.team.invitation.mutate({ token })}
    >
      {(link) => <AcceptForm {...link} />}
    </LinkPage>
  );
}
