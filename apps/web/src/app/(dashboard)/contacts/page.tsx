import { ContactsPage } from "../../../features/contacts/contacts-page.tsx";
import { titled } from "../../../i18n/titled.ts";

export const generateMetadata = titled("contacts.title");
export default ContactsPage;
