import { notFound } from "next/navigation";
import { ContactPage } from "../../../../features/contacts/card/contact-page.tsx";
import { titled } from "../../../../i18n/titled.ts";

export const generateMetadata = titled("contacts.title");

export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params;
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) notFound();
  return <ContactPage />;
}
