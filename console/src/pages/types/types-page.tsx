export const TypesPage = ({ type }: { type: string | undefined }) => null;
