import type { Metadata } from "next";
import { getTranslations } from "next-intl/server";
import { InvitationPage } from "../../features/auth/sign-in/invitation-page.tsx";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("invitation");
  return { title: t("title") };
}

export default function Page() {
  return <InvitationPage />;
}
