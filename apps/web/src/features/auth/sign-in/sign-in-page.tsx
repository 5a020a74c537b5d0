"use client";

import { useTranslations } from "next-intl";
import { SignInForm } from "./sign-in-form.tsx";
import { SignedOutFrame } from "./signed-out-frame.tsx";

export function SignInPage() {
  const t = useTranslations("signIn");
  return (
    <SignedOutFrame title={t("title")}>
      <SignInForm />
    </SignedOutFrame>
  );
}
