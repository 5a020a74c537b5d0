import { BulkPage } from "../../../../features/contacts/bulk/bulk-page.tsx";
import { titled } from "../../../../i18n/titled.ts";

export const generateMetadata = titled("bulk.title");
export default BulkPage;
