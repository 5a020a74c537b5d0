import { CrmPage } from "../../../../features/contacts/settings/crm-page.tsx";
import { titled } from "../../../../i18n/titled.ts";

export const generateMetadata = titled("settings.section.crm");
export default CrmPage;
